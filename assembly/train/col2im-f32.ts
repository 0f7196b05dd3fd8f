/** The backward pass of im2col. */
import { F32 } from '../border';

/**
 * dx[pixel under tap t of output pixel p] += dcolumns[p, t]; taps outside of the picture are dropped.
 *
 * @param dx [height, width, channels], channels a multiple of 4
 * @param dcolumns [end - begin, kernel * kernel * channels]
 * @param begin, end output pixels, counted row by row
 */
export function col2im(
  dx: usize, dcolumns: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, begin: i32, end: i32,
): void {
  const tapBytes = <usize>channels * F32;
  for (let p = begin; p < end; p++) {
    const top = (p / outWidth) * stride - padding;
    const left = (p % outWidth) * stride - padding;
    for (let y = top; y < top + kernel; y++) {
      for (let x = left; x < left + kernel; x++) {
        if (<u32>y < <u32>height && <u32>x < <u32>width) {
          const target = dx + <usize>(y * width + x) * tapBytes;
          for (let c: usize = 0; c < tapBytes; c += 16) v128.store(target + c, f32x4.add(v128.load(target + c), v128.load(dcolumns + c)));
        }
        dcolumns += tapBytes;
      }
    }
  }
}
