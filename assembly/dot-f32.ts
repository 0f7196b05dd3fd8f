import { F32 } from './border';
import { loadLanes, multiplyAdd } from './simd';

/** Scalar product of two rows of `length` floats; four independent sums hide the latency of the additions. */
// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, length: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    s0 = multiplyAdd(v128.load(a), v128.load(b), s0);
    s1 = multiplyAdd(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = multiplyAdd(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = multiplyAdd(v128.load(a, 48), v128.load(b, 48), s3);
    a += 16 * F32;
    b += 16 * F32;
  }
  for (; i < length; i += 4) {
    s0 = multiplyAdd(loadLanes(a, length - i), loadLanes(b, length - i), s0);
    a += 4 * F32;
    b += 4 * F32;
  }
  const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  return f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3);
}
