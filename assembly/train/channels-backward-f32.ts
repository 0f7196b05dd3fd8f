/** The backward passes of `copyChannels` and `crelu`. */
import { F32 } from '../border';
import { loadLanes, storeLanes } from '../simd';

/** out[p, c] += input[p, c], see `copyChannels`. */
export function addChannels(out: usize, outStride: i32, input: usize, inStride: i32, pixels: i32, channels: i32): void {
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const offset = <usize>c * F32;
      storeLanes(out + offset, f32x4.add(loadLanes(out + offset, lanes), loadLanes(input + offset, lanes)), lanes);
    }
    out += <usize>outStride * F32;
    input += <usize>inStride * F32;
  }
}

/**
 * dx[p, c] += dy[p, c] where x[p, c] > 0, -= dy[p, channels + c] where x[p, c] < 0
 *
 * @param dx, x [pixels, channels], channels a multiple of 4
 * @param dy [pixels, 2 * channels]
 */
export function creluBackward(dx: usize, dy: usize, x: usize, pixels: i32, channels: i32): void {
  const row = <usize>channels * F32;
  const zero = f32x4.splat(0);
  for (let p = 0; p < pixels; p++) {
    for (let c: usize = 0; c < row; c += 16) {
      const v = v128.load(x + c);
      const above = v128.and(v128.load(dy + c), f32x4.gt(v, zero));
      const below = v128.and(v128.load(dy + row + c), f32x4.lt(v, zero));
      v128.store(dx + c, f32x4.add(v128.load(dx + c), f32x4.sub(above, below)));
    }
    dx += row;
    dy += 2 * row;
    x += row;
  }
}
