// Pixels to PNG files, through jimp (loaded at the first picture, as in decode.ts).
import type { Pixels } from '../types.ts';
import { toRgba } from './pixels.ts';

/** Encodes an RGB or RGBA picture as a PNG file with alpha. */
export async function encodePng(pixels: Pixels): Promise<Uint8Array> {
  const { Jimp, PNGFilterType } = await import('jimp');
  const { data, width, height } = toRgba(pixels);
  // Paeth ("PATH") for every row: as small as trying all filters on each, in half the time.
  return new Jimp({ data: Buffer.from(data.buffer), width, height }).getBuffer('image/png', { filterType: PNGFilterType.PATH });
}
