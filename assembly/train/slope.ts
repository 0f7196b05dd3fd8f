import { HARD_SWISH, NONE, RELU, RELU6 } from '../border';

/** dy * activation'(u): 0 where the activation is flat, its kinks included. */
// @ts-ignore: decorator
@inline
export function slope(u: v128, dy: v128, activation: i32): v128 {
  if (activation == NONE) return dy;
  if (activation == RELU) return v128.and(dy, f32x4.gt(u, f32x4.splat(0)));
  if (activation == RELU6) return v128.and(dy, v128.and(f32x4.gt(u, f32x4.splat(0)), f32x4.lt(u, f32x4.splat(6))));
  const inside = f32x4.lt(f32x4.abs(u), f32x4.splat(3));
  const sixth = f32x4.splat(<f32>(1.0 / 6.0));
  if (activation == HARD_SWISH) {
    // x * clamp(x + 3, 0, 6) / 6: the gate, and inside of it x / 6 more.
    const gate = f32x4.pmin(f32x4.splat(6), f32x4.pmax(f32x4.splat(0), f32x4.add(u, f32x4.splat(3))));
    return f32x4.mul(dy, f32x4.mul(sixth, f32x4.add(gate, v128.and(u, inside))));
  }
  return v128.and(f32x4.mul(dy, sixth), inside);
}
