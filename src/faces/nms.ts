import type { Box, ScoredBox } from '../types.ts';

/** Intersection over union; as in the authors' code a box from a to b is b - a + 1 pixels wide. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) + 1;
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) + 1;
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / ((a.width + 1) * (a.height + 1) + (b.width + 1) * (b.height + 1) - intersection);
}

/** Non-maximum suppression: best first, each box is dropped that overlaps a better one by more than `threshold`. */
export function nonMaximumSuppression(boxes: ScoredBox[], threshold: number): ScoredBox[] {
  const kept: ScoredBox[] = [];
  for (const candidate of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.every(({ box }) => intersectionOverUnion(box, candidate.box) <= threshold)) kept.push(candidate);
  }
  return kept;
}
