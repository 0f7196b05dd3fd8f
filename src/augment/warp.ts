// Turns, shifts, scales, mirrors, crops and resizes in one pass over the output.
import type { Affine } from '../base/affine.ts';

/** A part of a picture as it is kept in memory. */
export interface Cutout {
  /** [height, width, 3] bytes R, G, B. */
  data: Uint8Array;
  width: number;
  height: number;
  /** Pixel (i, j) of the cutout is pixel (x + i * step, y + j * step) of the picture. */
  x: number;
  y: number;
  step: number;
}

/**
 * Samples a cutout bilinearly; what lies outside of it is black.
 *
 * @param out [size, size, 3], 0 to 255; pixel (u, v) is the picture at `grid` of (u / size, v / size)
 */
export function warp(out: Float32Array, size: number, cutout: Cutout, grid: Affine): void {
  const { data, width, height } = cutout;
  const unit = 1 / (cutout.step * size);
  const dxu = grid.a * unit;
  const dyu = grid.d * unit;
  const rowBytes = width * 3;
  let at = 0;
  for (let v = 0; v < size; v++) {
    const rowX = (grid.c - cutout.x) / cutout.step + v * grid.b * unit;
    const rowY = (grid.f - cutout.y) / cutout.step + v * grid.e * unit;
    for (let u = 0; u < size; u++, at += 3) {
      const x = rowX + u * dxu;
      const y = rowY + u * dyu;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const right = x - left;
      const below = y - top;
      // Weights of the four pixels around the place.
      let w00 = (1 - right) * (1 - below);
      let w01 = right * (1 - below);
      let w10 = (1 - right) * below;
      let w11 = right * below;
      const p = (top * width + left) * 3;
      if (!(left >= 0 && top >= 0 && left < width - 1 && top < height - 1)) {
        if (!(left >= -1 && top >= -1 && left < width && top < height)) {
          out[at] = out[at + 1] = out[at + 2] = 0;
          continue;
        }
        if (left < 0) w00 = w10 = 0;
        if (left >= width - 1) w01 = w11 = 0;
        if (top < 0) w00 = w01 = 0;
        if (top >= height - 1) w10 = w11 = 0;
        for (let channel = 0; channel < 3; channel++) {
          // Reads beyond the array are undefined; their weight is 0, their value must be too.
          const read = (index: number) => data[index + channel] ?? 0;
          out[at + channel] = w00 * read(p) + w01 * read(p + 3) + w10 * read(p + rowBytes) + w11 * read(p + rowBytes + 3);
        }
        continue;
      }
      const q = p + rowBytes;
      out[at] = w00 * data[p] + w01 * data[p + 3] + w10 * data[q] + w11 * data[q + 3];
      out[at + 1] = w00 * data[p + 1] + w01 * data[p + 4] + w10 * data[q + 1] + w11 * data[q + 4];
      out[at + 2] = w00 * data[p + 2] + w01 * data[p + 5] + w10 * data[q + 2] + w11 * data[q + 5];
    }
  }
}
