// One face cut out of its picture: square, with room around it, not larger than training needs.
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
  return { pixels: shrunk(picture, left, top, side, size), toCrop: { x: place(left), y: place(top) } };
}

/** Means over the area that each pixel of the result covers, first along rows, then along columns. */
function shrunk({ data, width, height }: Pixels, left: number, top: number, side: number, size: number): Pixels {
  const channels = data.length / (width * height);
  const ratio = side / size;
  const out = new Uint8Array(size * size * 3);
  const sums = new Float64Array(size * 3);
  const row = new Float64Array(size * 3);
  const shares = Array.from({ length: size }, (_, i) => covered(i * ratio, (i + 1) * ratio));
  for (let v = 0; v < size; v++) {
    sums.fill(0);
    for (const { at: dy, share: high } of shares[v]) {
      const y = top + dy;
      if (y < 0 || y >= height) continue;
      row.fill(0);
      for (let u = 0; u < size; u++) {
        for (const { at: dx, share: wide } of shares[u]) {
          const x = left + dx;
          if (x < 0 || x >= width) continue;
          const p = (y * width + x) * channels;
          for (let channel = 0; channel < 3; channel++) row[u * 3 + channel] += wide * data[p + channel];
        }
      }
      for (let i = 0; i < row.length; i++) sums[i] += high * row[i];
    }
    for (let i = 0; i < sums.length; i++) out[v * size * 3 + i] = Math.round(sums[i] / (ratio * ratio));
  }
  return { data: out, width: size, height: size };
}

/** Whole pixels that lie between two places, with the length of their part. */
function covered(begin: number, end: number): { at: number; share: number }[] {
  const parts = [];
  // The last pixel may be touched by a rounding error only.
  for (let at = Math.floor(begin + 1e-9); at < end - 1e-9; at++) parts.push({ at, share: Math.min(at + 1, end) - Math.max(at, begin) });
  return parts;
}
