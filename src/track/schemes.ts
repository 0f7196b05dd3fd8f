// What tracking needs of a landmark scheme: which of its landmarks the mean head's points are, and its eyes and mouth.
import { ArgumentError } from '../base/errors.ts';
import { facePartsOf } from '../base/face-parts.ts';

/** An outline with a corner at either end: its first landmark and the one half way round. */
export type Outline = readonly number[];

/** Landmark indices; right and left are the person's. */
export interface FaceScheme {
  /** [68]: the landmarks that stand where 300W's do, in its order. */
  head: readonly number[];
  rightEye: Outline;
  leftEye: Outline;
  /** Between the lips. */
  mouth: Outline;
  /** Right and left. */
  pupils?: readonly [number, number];
}

/** Which points of WFLW's parts are 300W's, where it has more: brows are the upper edge, eyes have three lid points for two. */
const IN_WFLW: Record<string, readonly number[]> = {
  jaw: Array.from({ length: 17 }, (_, i) => 2 * i),
  right_brow: [0, 1, 2, 3, 4],
  left_brow: [0, 1, 2, 3, 4],
  right_eye: [0, 1, 3, 4, 5, 7],
  left_eye: [0, 1, 3, 4, 5, 7],
};

const SCHEMES: Record<number, FaceScheme> = {
  68: schemeOf(68),
  98: { ...schemeOf(98, IN_WFLW), pupils: [96, 97] },
};

/** Whether it is known where so many landmarks lie on a head. */
export const isKnownScheme = (landmarks: number): boolean => Object.hasOwn(SCHEMES, landmarks);

/**
 * The scheme with so many landmarks.
 *
 * @throws ArgumentError for another number than 68 and 98
 */
export function faceSchemeOf(landmarks: number): FaceScheme {
  const scheme = SCHEMES[landmarks];
  if (scheme) return scheme;
  throw new ArgumentError(`${landmarks} landmarks: it is known where they lie on a head if they are ${Object.keys(SCHEMES).join(' or ')}`);
}

/** @param chosen of parts with more points than 300W's, those that it has too */
function schemeOf(landmarks: number, chosen: Record<string, readonly number[]> = {}): FaceScheme {
  const parts = facePartsOf(landmarks);
  const part = (name: string) => parts.find((part) => part.name === name)!.points;
  return {
    head: parts.flatMap(({ name, points }) => chosen[name]?.map((i) => points[i]) ?? points),
    rightEye: part('right_eye'),
    leftEye: part('left_eye'),
    mouth: part('inner_lips'),
  };
}
