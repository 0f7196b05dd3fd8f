import { ImageError, ours, reasonOf } from './errors.ts';
import { kindOf } from './kind.ts';
import { quote } from './quote.ts';
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
      throw new ImageError(`picture of ${quote(width)} x ${quote(height)} pixels: both sides must be whole numbers from 1 to ${MAX_SIDE}`);
    }
  }
  if (!ArrayBuffer.isView(data) || !['Uint8Array', 'Uint8ClampedArray'].includes(kindOf(data))) {
    throw new ImageError('picture data is neither a Uint8Array nor a Uint8ClampedArray: give RGB or RGBA bytes');
  }
  const bytes = data.length / (width * height);
  if (bytes !== 3 && bytes !== 4) {
    throw new ImageError(`${data.length} bytes of data for ${width} x ${height} pixels: give 3 (RGB) or 4 (RGBA) bytes per pixel`);
  }
  return bytes;
}

/**
 * A picture of the caller's, read once: its size and data don't change any more, though its bytes may.
 *
 * @throws ImageError if it is anything else
 */
export function readPixels(picture: unknown): Pixels {
  try {
    if (typeof picture !== 'object' || picture === null)
      throw new ImageError(`picture ${quote(picture)} is no picture: give { data, width, height }`);
    const { data, width, height } = picture as Pixels;
    bytesPerPixel({ data, width, height });
    return { data, width, height };
  } catch (error) {
    throw (
      ours(error) ??
      new ImageError(`picture ${quote(picture)} can't be read (${reasonOf(error)}): give { data, width, height }`, { cause: error })
    );
  }
}
