/** The backward pass of an activation that stands alone, after a residual was added; others are worked into the batch norm's. */
import { F32, RELU6 } from '../border';

/**
 * du = dy where 0 < y (and y < 6 for ReLU6), else 0: these activations tell by their output what their input was.
 *
 * @param du, dy, y `length` floats, a multiple of 4; `du` may be `dy`
 * @param activation RELU or RELU6
 */
export function activationBackward(du: usize, dy: usize, y: usize, length: i32, activation: i32): void {
  const end = du + <usize>length * F32;
  const high = f32x4.splat(activation == RELU6 ? 6 : f32.MAX_VALUE);
  for (; du < end; du += 16, dy += 16, y += 16) {
    const v = v128.load(y);
    v128.store(du, v128.and(v128.load(dy), v128.and(f32x4.gt(v, f32x4.splat(0)), f32x4.lt(v, high))));
  }
}
