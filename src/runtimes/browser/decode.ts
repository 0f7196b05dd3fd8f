// Picture files to pixels in browsers and their module workers: the browser decodes.
import { ImageError } from '../../base/errors.ts';
import { read } from '../../base/options.ts';
import type { Pixels } from '../../base/types.ts';
import { readBytes, type ImageBytes } from '../../image/bytes.ts';
import { checkHeader, MAX_PIXELS, pixelLimit } from '../../image/header.ts';
import { FORMATS } from '../../image/names.ts';
import { orient } from '../../image/orient.ts';

/**
 * Decodes a JPEG, PNG, BMP, GIF, WebP or AVIF; of an animated one the first frame. It is turned as its file says.
 *
 * @param source the whole file, as bytes or a Blob
 * @param label what errors call the picture
 * @param maxPixels larger ones are refused before they are decoded: at most 100 megapixels, the default
 * @returns RGBA pixels
 * @throws ImageError when the bytes are empty, no supported picture, damaged, or of more than `maxPixels`
 */
export async function decodeImage(source: ImageBytes, label = 'picture', maxPixels = MAX_PIXELS): Promise<Pixels> {
  read(maxPixels, 'maxPixels', pixelLimit);
  const file = await readBytes(source, label);
  const { format, orientationAt } = checkHeader(file, label, { formats: FORMATS, maxPixels });
  const orientation = orientationAt === undefined ? 1 : file[orientationAt];
  try {
    const bitmap = await createImageBitmap(new Blob([upright(file, orientationAt)]));
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return orient(context.getImageData(0, 0, width, height), orientation);
  } catch (error) {
    throw new ImageError(`${label} is a damaged or unusual ${format} (${(error as Error).message}): save it again as JPEG or PNG`);
  }
}

/** The file with its EXIF orientation taken back, since browsers differ in which formats they honour it. */
function upright(file: Uint8Array<ArrayBuffer>, orientationAt: number | undefined): Uint8Array<ArrayBuffer> {
  if (orientationAt === undefined) return file;
  const copy = new Uint8Array(file);
  // Where a checksum covers it (PNG), the block is then ignored as a whole.
  copy[orientationAt] = 1;
  return copy;
}
