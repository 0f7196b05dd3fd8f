/** What detectors are trained and measured on: pictures with all their faces. */
import type { Box } from './types.ts';

/** A face of a photograph. */
export interface LabelledFace {
  box: Box;
  /** The person's right eye, left eye, nose, right and left corner of the mouth: x y x y ..., in pixels. */
  points: readonly number[];
  /** Whether it surely is one; others count as neither face nor background. */
  certain: boolean;
}

/** A picture, by its path below the folder of pictures, and its faces. */
export interface DetectionSample {
  name: string;
  faces: LabelledFace[];
}

/** What a detector's training step takes in. */
export interface DetectionBatch {
  /** [n, size, size, 3]: NHWC, RGB, normalised: (value / 255 - mean) / std. */
  images: Float32Array;
  /** [faces, FACE_NUMBERS], in the order of their pictures. */
  faces: Float32Array;
}

/** Numbers of a face in a batch: see `FACE`. */
export const FACE_NUMBERS = 16;

/** Where they begin: which picture, 1 for a face or 0 for what counts as neither face nor background, box x y w h, points. */
export const FACE = { picture: 0, certain: 1, box: 2, points: 6 } as const;

/** The roll of a face from its five points, in radians: from the person's right eye and corner of the mouth to the left ones. */
export function rollOf(points: ArrayLike<number>): number {
  const dx = points[2] - points[0] + (points[8] - points[6]);
  const dy = points[3] - points[1] + (points[9] - points[7]);
  return Math.atan2(dy, dx);
}
