/**
 * im2col: the pixels under the kernel of each output pixel, copied into one row, so that a convolution over few
 * channels (the first layer's three) becomes a matrix product with a long K.
 *
 *   columns   pixel 0: | tap 0: c0 c1 c2 | tap 1: c0 c1 c2 | ...     pixel 1: ...
 */
import { F32 } from './border';

/**
 * @param columns [end - begin, kernel * kernel * channels] and 16 bytes to spare, which copies overrun
 * @param input [height, width, channels], dense, and 16 bytes to spare
 * @param begin, end output pixels, counted row by row
 */
export function im2col(
  columns: usize, input: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, begin: i32, end: i32,
): void {
  const tapBytes = <usize>channels * F32;
  const rowBytes = <usize>kernel * tapBytes;
  for (let p = begin; p < end; p++) {
    const top = (p / outWidth) * stride - padding;
    const left = (p % outWidth) * stride - padding;
    const inside = left >= 0 && left + kernel <= width;
    for (let y = top; y < top + kernel; y++) {
      const source = input + <usize>((y * width + left) * channels) * F32;
      if (<u32>y >= <u32>height) {
        memory.fill(columns, 0, rowBytes);
      } else if (inside) {
        for (let i: usize = 0; i < rowBytes; i += 16) v128.store(columns + i, v128.load(source + i));
      } else {
        for (let x = 0; x < kernel; x++) {
          const target = columns + <usize>x * tapBytes;
          if (<u32>(left + x) < <u32>width) memory.copy(target, source + <usize>x * tapBytes, tapBytes);
          else memory.fill(target, 0, tapBytes);
        }
      }
      columns += rowBytes;
    }
  }
}
