/** Pictures in browsers and their module workers: the browser decodes. */
import { ImageError } from '../errors.ts';
import type { Pixels } from '../types.ts';
import { checkHeader, MAX_PIXELS, type DecoderLimits } from './header.ts';

export { drawFaces } from './draw.ts';
export { encodePng } from './encode.ts';

const LIMITS: DecoderLimits = { formats: ['JPEG', 'PNG', 'BMP', 'GIF', 'WebP', 'AVIF'], maxPixels: MAX_PIXELS };

/**
 * Decodes a JPEG, PNG, BMP, GIF (its first frame), WebP or AVIF. EXIF orientation is applied.
 *
 * @param bytes the whole file
 * @param label what errors call the picture
 * @returns RGBA pixels
 * @throws ImageError when the bytes are empty, no supported picture, damaged, or larger than 100 megapixels
 */
export async function decodeImage(bytes: Uint8Array, label = 'picture'): Promise<Pixels> {
  const format = checkHeader(bytes, label, LIMITS);
  try {
    const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), { imageOrientation: 'from-image' });
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new ImageError(`${label} is a damaged or unusual ${format} (${(error as Error).message}): save it again as JPEG or PNG`);
  }
}
