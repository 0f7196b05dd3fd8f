/** What the landmarks of common schemes are: lines through them for drawings, names for formats, points to align faces by. */
import { mean } from './statistics.ts';
import type { Point } from './types.ts';

/** A line along a part of the face. `name` has the person's right and left, which are the picture's left and right. */
export interface FacePart {
  name: string;
  /** Landmark indices along the line. */
  points: readonly number[];
  /** Whether the last landmark is joined to the first. */
  closed: boolean;
}

/** By how many landmarks the scheme has: the two whose models we know, the drafts of most others. */
const FACE_PARTS: Record<number, readonly FacePart[]> = {
  // 300W
  68: [
    line('jaw', 0, 16),
    line('right_brow', 17, 21),
    line('left_brow', 22, 26),
    line('nose_bridge', 27, 30),
    line('nostrils', 31, 35),
    ring('right_eye', 36, 41),
    ring('left_eye', 42, 47),
    ring('outer_lips', 48, 59),
    ring('inner_lips', 60, 67),
  ],
  // WFLW: the same parts; its brows are outlines.
  98: [
    line('jaw', 0, 32),
    ring('right_brow', 33, 41),
    ring('left_brow', 42, 50),
    line('nose_bridge', 51, 54),
    line('nostrils', 55, 59),
    ring('right_eye', 60, 67),
    ring('left_eye', 68, 75),
    ring('outer_lips', 76, 87),
    ring('inner_lips', 88, 95),
  ],
};

/** The lines of a scheme; none where it isn't known: its landmarks are points only. */
export function facePartsOf(landmarks: number): readonly FacePart[] {
  return FACE_PARTS[landmarks] ?? [];
}

/** A name for each landmark, `right_eye_1` or, where no part has it, `landmark_97`; both count from 1. */
export function landmarkNames(landmarks: number): string[] {
  const names = Array.from({ length: landmarks }, (_, i) => `landmark_${i + 1}`);
  for (const { name, points } of facePartsOf(landmarks)) points.forEach((point, i) => (names[point] = `${name}_${i + 1}`));
  return names;
}

/**
 * The five points that detectors tell and faces are aligned by: the middles of the person's right eye and left eye, the tip
 * of the nose, the right and the left corner of the mouth. Undefined where the scheme isn't known.
 */
export function fivePointsOf(landmarks: readonly Point[]): Point[] | undefined {
  const parts = facePartsOf(landmarks.length);
  if (parts.length === 0) return undefined;
  const along = (name: string) => parts.find((part) => part.name === name)!.points.map((i) => landmarks[i]);
  const lips = along('outer_lips');
  return [middleOf(along('right_eye')), middleOf(along('left_eye')), along('nose_bridge').at(-1)!, lips[0], lips[lips.length / 2]];
}

function middleOf(points: readonly Point[]): Point {
  return { x: mean(points.map(({ x }) => x)), y: mean(points.map(({ y }) => y)) };
}

function line(name: string, first: number, last: number): FacePart {
  return { name, points: Array.from({ length: last - first + 1 }, (_, i) => first + i), closed: false };
}

function ring(name: string, first: number, last: number): FacePart {
  return { ...line(name, first, last), closed: true };
}
