import { ImageError } from './errors.ts';
import type { Pixels } from './types.ts';

/** Longest side of a picture: products of two such sides stay exact 32-bit addresses in the kernels. */
const MAX_SIDE = 32767;

/**
 * Bytes per pixel of a picture: 3 (RGB) or 4 (RGBA).
 *
 * @throws ImageError if the sizes are not whole numbers from 1 to 32767 or the data has another length
 */
export function bytesPerPixel({ data, width, height }: Pixels): 3 | 4 {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > MAX_SIDE) {
      throw new ImageError(`picture of ${width} x ${height} pixels: both sides must be whole numbers from 1 to ${MAX_SIDE}`);
    }
  }
  if (!/\[object Uint8(Clamped)?Array\]/.test(Object.prototype.toString.call(data))) {
    // By name: another realm (an iframe, jsdom) has constructors of its own.
    throw new ImageError('picture data is neither a Uint8Array nor a Uint8ClampedArray: give RGB or RGBA bytes');
  }
  const bytes = data.length / (width * height);
  if (bytes !== 3 && bytes !== 4) {
    throw new ImageError(`${data.length} bytes of data for ${width} x ${height} pixels: give 3 (RGB) or 4 (RGBA) bytes per pixel`);
  }
  return bytes;
}
