import type { Box, ScoredBox } from '../base/types.ts';

/** Overlap above which the lesser of two boxes is dropped (the authors' value). */
export const NMS_THRESHOLD = 0.3;

/** Intersection over union; as in the authors' code a box from a to b is b - a + 1 pixels wide. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const intersection = intersectionOf(a, b);
  return intersection / (areaOf(a) + areaOf(b) - intersection);
}

/** Share of the smaller box that lies in the other: near 1 where one box holds the other. */
export function intersectionOverMinimum(a: Box, b: Box): number {
  return intersectionOf(a, b) / Math.min(areaOf(a), areaOf(b));
}

/** Share of the smaller of two boxes inside the other above which one face can't have both. */
const NESTED = 0.6;

/** Whether one face can't have both boxes: they overlap, or one lies in the other. */
export function areOfOneFace(a: Box, b: Box): boolean {
  return intersectionOverMinimum(a, b) > NESTED || intersectionOverUnion(a, b) > NMS_THRESHOLD;
}

/** Non-maximum suppression: best first, each box is dropped that overlaps a better one by more than `threshold`. */
export function nonMaximumSuppression<Found extends ScoredBox>(boxes: Found[], threshold: number): Found[] {
  const kept: Found[] = [];
  for (const candidate of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.every(({ box }) => intersectionOverUnion(box, candidate.box) <= threshold)) kept.push(candidate);
  }
  return kept;
}

function intersectionOf(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) + 1;
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) + 1;
  return Math.max(0, width) * Math.max(0, height);
}

function areaOf({ width, height }: Box): number {
  return (width + 1) * (height + 1);
}
