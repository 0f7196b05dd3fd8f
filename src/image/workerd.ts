/** Pictures in Cloudflare Workers: mozjpeg as an imported module, PNG by the runtime's own zlib. */
import mozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import { ImageError } from '../errors.ts';
import type { Pixels } from '../types.ts';
import { checkHeader, type DecoderLimits } from './header.ts';
import { createMozjpeg, type Mozjpeg } from './mozjpeg.ts';
import { decodePng } from './png.ts';

export { drawFaces } from './draw.ts';
export { encodePng } from './encode.ts';

/** An isolate has 128 MB, of which a turned JPEG takes 12 bytes per pixel, the model 40 MB, and a drawing 4 bytes per pixel. */
const LIMITS: DecoderLimits = { formats: ['JPEG', 'PNG'], maxPixels: 2_500_000 };

/**
 * Decodes a JPEG or PNG. EXIF orientation of JPEGs is applied.
 *
 * @param bytes the whole file
 * @param label what errors call the picture
 * @returns RGBA pixels
 * @throws ImageError when the bytes are empty, no JPEG or PNG, damaged, truncated or larger than 2.5 megapixels
 */
export async function decodeImage(bytes: Uint8Array, label = 'picture'): Promise<Pixels> {
  const format = checkHeader(bytes, label, LIMITS);
  try {
    return await (format === 'JPEG' ? decodeJpeg(bytes) : decodePng(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ImageError(`${label} is a damaged, truncated or unusual ${format} (${reason}): save it again`);
  }
}

let kept: Mozjpeg | undefined;

/** One decoder for all pictures: those of earlier ones would wait for the garbage collector, 17 to 31 MB each. */
async function decodeJpeg(bytes: Uint8Array): Promise<Pixels> {
  const decoder = kept ?? (await createMozjpeg(mozjpeg));
  kept = undefined;
  const pixels = decoder.decode(bytes);
  kept = decoder;
  return pixels;
}
