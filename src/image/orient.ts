// Turns and mirrors decoded pictures.
import type { Pixels } from '../base/types.ts';

const TILE = 64;

/**
 * A picture as its EXIF orientation wants it shown; the picture itself if that is 1.
 *
 * @param pixels RGBA
 * @param orientation 1 to 8 (Exif 3.0, 4.6.5)
 */
export function orient(pixels: Pixels, orientation: number): Pixels {
  if (orientation === 1) return pixels;
  const { width, height } = pixels;
  const turned = orientation >= 5;
  const flipX = [2, 3, 6, 7].includes(orientation);
  const flipY = [3, 4, 7, 8].includes(orientation);

  const shown = turned ? { width: height, height: width } : { width, height };
  const from = words(pixels);
  const to = new Uint32Array(width * height);
  // In the picture shown: a step to the right, and a step down, in pixels of the stored one.
  const [right, down] = turned ? [width, 1] : [1, width];
  const stepX = flipX ? -right : right;
  const stepY = flipY ? -down : down;
  const start = (flipX ? (shown.width - 1) * right : 0) + (flipY ? (shown.height - 1) * down : 0);
  // In tiles, so that the rows of both pictures stay in the cache.
  for (let top = 0; top < shown.height; top += TILE) {
    const bottom = Math.min(top + TILE, shown.height);
    for (let left = 0; left < shown.width; left += TILE) {
      const end = Math.min(left + TILE, shown.width);
      for (let y = top; y < bottom; y++) {
        let at = start + y * stepY + left * stepX;
        for (let x = left; x < end; x++, at += stepX) to[y * shown.width + x] = from[at];
      }
    }
  }
  return { data: new Uint8Array(to.buffer), ...shown };
}

/** Four bytes per pixel as one number. */
function words({ data }: Pixels): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}
