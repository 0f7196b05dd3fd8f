import { join } from 'node:path';
import { mean } from '../base/statistics.ts';
import { DataError, ImageError } from '../base/errors.ts';
import { type CropRule, landmarkBox, supervisedCrop } from '../base/crop-rules.ts';
import { exactCrop } from '../faces/crop.ts';
import { readImage } from '../runtimes/node/decode.ts';
import type { LandmarkNetwork } from '../pip/landmark-network.ts';
import { checkInside } from '../base/samples.ts';
import type { TrainingSample } from '../augment/cutouts.ts';
import type { UnlabelledFace } from '../datasets/plain.ts';

export interface PseudoLabelOptions {
  /** Folder that the faces' names start from. */
  images: string;
  /** How their boxes are cropped. */
  rule: CropRule;
  /** Least mean score of a face's landmarks: less sure ones are left out. */
  confidence: number;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a model makes of unlabelled faces. */
export interface PseudoLabels {
  /** Those that can be used, with the model's landmarks. */
  faces: TrainingSample[];
  /** Faces that were left out: too low a score, or landmarks that can't be a face. */
  unsure: number;
  /** Why others were left out: their picture can't be read. */
  skipped: string[];
}

/**
 * Landmarks of faces as a model sees them (paper, section 3.3), with neighbour regression, for training.
 *
 * @throws DataError if no face is left
 */
export async function pseudoLabel(
  network: LandmarkNetwork,
  faces: readonly UnlabelledFace[],
  { images, rule, confidence, onProgress }: PseudoLabelOptions,
): Promise<PseudoLabels> {
  const labels: PseudoLabels = { faces: [], unsure: 0, skipped: [] };
  for (const [i, { name, source, box }] of faces.entries()) {
    try {
      const picture = await readImage(join(images, name));
      const { merged, scores } = network.predict(picture, exactCrop(supervisedCrop(box, rule)));
      const face = { name, source, points: merged };
      if (mean(scores) >= confidence && isFace(face, picture)) labels.faces.push(face);
      else labels.unsure++;
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      labels.skipped.push(`${source}: ${error.message}`);
    }
    onProgress?.(i + 1, faces.length);
  }
  if (labels.faces.length > 0) return labels;
  throw new DataError(
    labels.unsure > 0
      ? `none of ${faces.length} unlabelled faces has a mean score of ${confidence} or more: lower the confidence, or check the boxes`
      : `none of ${faces.length} unlabelled pictures can be read; the first: ${labels.skipped[0]}`,
  );
}

/** Whether training could use it: larger than a pixel, and within its picture. */
function isFace(face: TrainingSample, picture: { width: number; height: number }): boolean {
  const { width, height } = landmarkBox(face.points);
  if (width < 1 || height < 1) return false;
  try {
    checkInside(face, picture);
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}
