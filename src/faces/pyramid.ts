// A picture at several scales: which, and what becomes of the boxes that were found at each. A face larger than the
// detector's priors looks to it like many small ones, so that it finds parts of it, and is sure of them.
import type { Box, ScoredBox } from '../base/types.ts';
import { areOfOneFace, intersectionOverMinimum, intersectionOverUnion } from './nms.ts';

/** Each scale has this share of the next larger one's side: all of them together cost a sixth more than the largest. */
const STEP = 3 / 8;

/** The longest side, in pixels, at which a face that fills the picture is found as a whole. */
const SMALLEST_SIDE = 320;

/** Sides of the boxes, in pixels of their scale, that a detector finds reliably: the whole of a face, and not of a face's part. */
export interface ReliableSides {
  from: number;
  to: number;
}

/** Overlap (IoU) above which boxes of two scales are one face's. A part of a face may have less than half of the whole's. */
const SAME = 0.5;

/** Share of a box that is too large for its scale inside another box above which it is nothing of its own. */
const EXPLAINED = 0.3;

/** Score from which on a box's contents are looked at where it lies in another. */
const WORTH_A_LOOK = 0.5;

/** What one scale found, in pixels of the picture. */
export interface ScaleResult {
  boxes: ScoredBox[];
  /** Pixels of this scale per pixel of the picture. */
  scale: number;
}

/** Longest sides of the scales, in pixels, the largest first. */
export function pyramidSides(longest: number): number[] {
  const sides = [longest];
  while (sides.at(-1)! > SMALLEST_SIDE) sides.push(Math.round(sides.at(-1)! * STEP));
  return sides;
}

/**
 * The boxes of all scales without those that say the same and without parts of faces. Where two scales see a face, the
 * larger has it, as far as it sees the whole.
 *
 * @param results the largest scale first, each without boxes that overlap
 * @param judge how much a box's contents look like a face; asked only where one likely box lies in another
 * @param reliable the detector's
 * @returns the best first
 */
export function mergeScales(results: ScaleResult[], judge: (box: Box) => number, reliable: ReliableSides): ScoredBox[] {
  const fits: ScoredBox[] = [];
  const rest: ScoredBox[] = [];
  results.forEach(({ boxes, scale }, i) => {
    for (const found of boxes) {
      const side = Math.max(found.box.width, found.box.height) * scale;
      if (i > 0 && side < reliable.from) continue;
      (side <= reliable.to || i === results.length - 1 ? fits : rest).push(found);
    }
  });

  // Boxes that are more likely nothing are many, and not worth a look.
  const value = ({ box, score }: ScoredBox) => score * (score < WORTH_A_LOOK ? 0 : judge(box));
  let kept: ScoredBox[] = [];
  for (const found of fits) {
    if (kept.some(({ box }) => intersectionOverUnion(box, found.box) > SAME)) continue;
    const nested = kept.filter(({ box }) => areOfOneFace(box, found.box));
    if (nested.length > 0) {
      const own = value(found);
      if (nested.some((other) => value(other) >= own)) continue;
      kept = kept.filter((other) => !nested.includes(other));
    }
    kept.push(found);
  }
  for (const found of rest) {
    if (kept.every(({ box }) => intersectionOverMinimum(box, found.box) <= EXPLAINED)) kept.push(found);
  }
  return kept.sort((a, b) => b.score - a.score);
}
