/** Small helpers that every kernel shares; all are inlined. */

import { HARD_SWISH, NONE, RELU, RELU6 } from './border';

// @ts-ignore: decorator
@inline
export function splat(pointer: usize): v128 {
  return v128.load_splat<f32>(pointer);
}

/** a * b + c, fused where the build may use relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

/** The pseudo minimum and maximum are one instruction on x64, unlike `min` and `max`. */
// @ts-ignore: decorator
@inline
export function clamp(v: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.splat(high), f32x4.pmax(f32x4.splat(low), v));
}

// @ts-ignore: decorator
@inline
export function activate(v: v128, activation: i32): v128 {
  if (activation == NONE) return v;
  if (activation == RELU) return f32x4.pmax(f32x4.splat(0), v);
  if (activation == RELU6) return clamp(v, 0, 6);
  const gate = f32x4.mul(clamp(f32x4.add(v, f32x4.splat(3)), 0, 6), f32x4.splat(<f32>(1.0 / 6.0)));
  return activation == HARD_SWISH ? f32x4.mul(v, gate) : gate;
}

/** Stores the first `count` (at least 1, at most 4) lanes of `v`. */
// @ts-ignore: decorator
@inline
export function storeLanes(pointer: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(pointer, v);
  } else {
    store<f32>(pointer, f32x4.extract_lane(v, 0));
    if (count > 1) store<f32>(pointer + 4, f32x4.extract_lane(v, 1));
    if (count > 2) store<f32>(pointer + 8, f32x4.extract_lane(v, 2));
  }
}

/** Loads the first `count` (at least 1) lanes; the others are 0. */
// @ts-ignore: decorator
@inline
export function loadLanes(pointer: usize, count: i32): v128 {
  if (count >= 4) return v128.load(pointer);
  let v = v128.load32_zero(pointer);
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(pointer + 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(pointer + 8));
  return v;
}
