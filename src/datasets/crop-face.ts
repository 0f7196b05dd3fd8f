// One face cut out of its picture: square, with room around it, not larger than training needs.
import { shrink } from '../image/shrink.ts';
import type { Box, Pixels } from '../base/types.ts';

/** A square of a picture made `scale` times as large; places are pixel centres. */
export interface FaceCrop {
  /** RGB */
  pixels: Pixels;
  /** Coordinates of the picture to coordinates of the crop. */
  toCrop: { x(value: number): number; y(value: number): number };
}

/**
 * Cuts out the square about a box; what lies outside of the picture is black.
 *
 * @param margin side of the square in the longer side of the box
 * @param maxSize longest side of the crop in pixels; a larger square is made smaller by the mean of the pixels
 */
export function cropFace(picture: Pixels, box: Box, margin: number, maxSize: number): FaceCrop {
  const side = Math.max(1, Math.ceil(margin * Math.max(box.width, box.height)));
  const left = Math.round(box.x + box.width / 2 - side / 2);
  const top = Math.round(box.y + box.height / 2 - side / 2);
  const size = Math.min(side, maxSize);
  const scale = size / side;
  const place = (origin: number) => (value: number) => (value - origin + 0.5) * scale - 0.5;
  const pixels = shrink(picture, { left, top, columns: size, rows: size, ratio: side / size });
  return { pixels, toCrop: { x: place(left), y: place(top) } };
}
