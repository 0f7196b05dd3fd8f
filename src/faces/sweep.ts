// A picture's scales cut into parts that a detector can be shown one at a time: a video's frames, each of which may take only so
// long. What lies across a border is seen whole in the next part, or at the next smaller scale.
import type { Box } from '../base/types.ts';
import { pyramidSides } from './pyramid.ts';

/** A part of a picture, in pixels of the picture, that is looked at in a copy of so many pixels on the picture's longest side. */
export interface Glance {
  side: number;
  part: Box;
}

/** Longest side of a part, in pixels of its scale. */
const PART = 320;

/** Pixels of a scale that neighbouring parts share at least: what is larger is left to the next scale, where it has three eighths. */
const OVERLAP = 96;

/**
 * @param detectSize longest side, in pixels, of the largest scale
 * @returns glances that see the whole picture at all scales; the smallest scale first, at which large faces are seen whole
 */
export function planSweep(width: number, height: number, detectSize: number): Glance[] {
  const longest = Math.max(width, height);
  return pyramidSides(Math.min(longest, detectSize))
    .reverse()
    .flatMap((side) => {
      const scale = side / longest;
      return spans(height * scale).flatMap(([y, tall]) =>
        spans(width * scale).map(([x, wide]) => ({
          side,
          part: { x: x / scale, y: y / scale, width: wide / scale, height: tall / scale },
        })),
      );
    });
}

/** Starts and lengths of the parts of a side: as few as there may be, evenly spread. */
function spans(length: number): [number, number][] {
  if (length <= PART) return [[0, length]];
  const count = Math.ceil((length - OVERLAP) / (PART - OVERLAP));
  return Array.from({ length: count }, (_, i) => [(i * (length - PART)) / (count - 1), PART]);
}
