// Pictures that pages have already: elements, bitmaps, frames.
import { ImageError } from '../../base/errors.ts';
import { kindOf } from '../../base/kind.ts';
import type { Pixels } from '../../base/types.ts';
import { isImageBytes } from '../../image/bytes.ts';

/** What a canvas can draw. A class that the program's `lib` doesn't know is left out. */
export type Drawable<
  Name = 'ImageBitmap' | 'HTMLImageElement' | 'HTMLVideoElement' | 'HTMLCanvasElement' | 'OffscreenCanvas' | 'VideoFrame',
> = Name extends string ? (typeof globalThis extends Record<Name, { prototype: infer Instance }> ? Instance : never) : never;

/** Whether a picture is to be drawn: no pixels, no bytes, no address. */
export const isDrawable = (source: unknown): source is Drawable =>
  typeof source === 'object' && source !== null && kindOf(source) !== 'URL' && !isImageBytes(source) && !('data' in source);

/** @throws ImageError if it isn't loaded yet, or is another site's */
export function draw(source: Drawable): Pixels {
  const { width, height } = sizeOf(source);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  try {
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new ImageError(`a ${source.constructor.name} can't be read: ${(error as Error).message}`);
  }
}

/** @throws ImageError if it isn't loaded yet */
export function sizeOf(source: Drawable): { width: number; height: number } {
  const size = ownSizeOf(source);
  if (size.width > 0 && size.height > 0) return size;
  throw new ImageError(`a ${source.constructor.name} of ${size.width} x ${size.height} pixels: wait until it is loaded`);
}

function ownSizeOf(source: Drawable): { width: number; height: number } {
  if ('naturalWidth' in source) return { width: source.naturalWidth, height: source.naturalHeight };
  if ('videoWidth' in source) return { width: source.videoWidth, height: source.videoHeight };
  if ('displayWidth' in source) return { width: source.displayWidth, height: source.displayHeight };
  return source;
}
