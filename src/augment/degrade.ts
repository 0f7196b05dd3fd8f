// A picture as of a poor camera: few pixels, and those compressed by JPEG's rules.
import { jpegLoss, paddedSide } from './jpeg-loss.ts';
import { resize } from './resize.ts';

/** Buffers that one thread's pictures share, so that none are made per picture. */
export class DegradeScratch {
  readonly small: Float32Array;
  readonly rows: Float32Array;
  readonly planes: Float32Array;

  constructor(size: number) {
    this.small = new Float32Array(size * size * 3);
    this.rows = new Float32Array(size * size * 3);
    this.planes = new Float32Array(3 * paddedSide(size) ** 2);
  }
}

/**
 * Makes the picture `shrink` times smaller, passes it through JPEG's quantisation, and enlarges it again. Nothing moves:
 * places in units of the crop stay.
 *
 * @param image [size, size, 3], 0 to 255
 * @param shrink 1 or more
 * @param quality 1 to 100, as libjpeg counts
 */
export function degrade(
  image: Float32Array,
  size: number,
  { shrink, quality }: { shrink: number; quality: number },
  scratch: DegradeScratch,
): void {
  const side = Math.max(8, Math.round(size / shrink));
  if (side >= size) {
    jpegLoss(image, size, quality, scratch.planes);
    return;
  }
  const small = scratch.small.subarray(0, side * side * 3);
  resize(small, side, image, size, scratch.rows);
  jpegLoss(small, side, quality, scratch.planes);
  resize(image, size, small, side, scratch.rows);
}
