/**
 * Batch norm in training mode (Ioffe, Szegedy 2015), with the activation that follows it:
 *
 *   xhat = (z - mean) / sqrt(variance + epsilon)     u = gamma * xhat + beta     y = activation(u [+ residual])
 *
 * In two passes each way, because the sums over all pixels must be known before the first pixel can go on. Sums are
 * taken over a part of the pixels in f32, over the parts in f64. Channels are a multiple of 4.
 *
 *   state   rows of `channels` floats: | scale | shift | mean | 1/deviation | a | b | c |
 *           forward: u = scale * z + shift;  backward: dz = a * du + b * z + c
 *   sums    rows of `channels` doubles: forward | sum z | sum z^2 |, backward | sum du | sum du * (z - mean) |
 */
import { F32, HARD_SWISH, NONE, NORM_EPSILON, RELU, RELU6 } from '../border';
import { activate, multiplyAdd } from '../simd';
import { slope } from './slope';

const F64: usize = 8;

/** sums += | sum z | sum z^2 | over z [pixels, channels]. */
export function normSums(sums: usize, z: usize, pixels: i32, channels: i32): void {
  const rowBytes = <usize>channels * F32;
  const end = z + <usize>pixels * rowBytes;
  const squares = sums + <usize>channels * F64;
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let q0 = s0, q1 = s0, q2 = s0, q3 = s0;
    for (let p = z + <usize>c * F32; p < end; p += rowBytes) {
      const v0 = v128.load(p), v1 = v128.load(p, 16), v2 = v128.load(p, 32), v3 = v128.load(p, 48);
      s0 = f32x4.add(s0, v0);
      s1 = f32x4.add(s1, v1);
      s2 = f32x4.add(s2, v2);
      s3 = f32x4.add(s3, v3);
      q0 = multiplyAdd(v0, v0, q0);
      q1 = multiplyAdd(v1, v1, q1);
      q2 = multiplyAdd(v2, v2, q2);
      q3 = multiplyAdd(v3, v3, q3);
    }
    const target = <usize>c * F64;
    addDoubles(sums + target, s0);
    addDoubles(sums + target + 32, s1);
    addDoubles(sums + target + 64, s2);
    addDoubles(sums + target + 96, s3);
    addDoubles(squares + target, q0);
    addDoubles(squares + target + 32, q1);
    addDoubles(squares + target + 64, q2);
    addDoubles(squares + target + 96, q3);
  }
  for (; c < channels; c += 4) {
    let s = f32x4.splat(0), q = s;
    for (let p = z + <usize>c * F32; p < end; p += rowBytes) {
      const v = v128.load(p);
      s = f32x4.add(s, v);
      q = multiplyAdd(v, v, q);
    }
    addDoubles(sums + <usize>c * F64, s);
    addDoubles(squares + <usize>c * F64, q);
  }
}

// @ts-ignore: decorator
@inline
function addDoubles(target: usize, v: v128): void {
  v128.store(target, f64x2.add(v128.load(target), f64x2.promote_low_f32x4(v)));
  v128.store(target, f64x2.add(v128.load(target, 16), f64x2.promote_low_f32x4(i64x2.shuffle(v, v, 1, 0))), 16);
}

/**
 * From sums over `pixels` pixels to `state`; `batch` gets the mean and the unbiased variance, which running averages take.
 *
 * @param batch [2, channels]
 * @param gamma, beta [channels]
 */
export function normFinish(state: usize, batch: usize, sums: usize, gamma: usize, beta: usize, pixels: i32, channels: i32): void {
  const row = <usize>channels * F32;
  const unbiased = <f64>pixels / <f64>max(1, pixels - 1);
  for (let c: usize = 0; c < row; c += F32) {
    const mean = load<f64>(sums + 2 * c) / <f64>pixels;
    const variance = max<f64>(0, load<f64>(sums + 2 * row + 2 * c) / <f64>pixels - mean * mean);
    const inverse = 1 / Math.sqrt(variance + NORM_EPSILON);
    const scale = <f64>load<f32>(gamma + c) * inverse;
    store<f32>(state + c, <f32>scale);
    store<f32>(state + row + c, <f32>(<f64>load<f32>(beta + c) - mean * scale));
    store<f32>(state + 2 * row + c, <f32>mean);
    store<f32>(state + 3 * row + c, <f32>inverse);
    store<f32>(batch + c, <f32>mean);
    store<f32>(batch + row + c, <f32>(variance * unbiased));
  }
}

/**
 * y = activation(scale * z + shift + residual)
 *
 * @param y, z, residual [pixels, channels]; residual 0 for none
 */
export function normApply(y: usize, z: usize, residual: usize, state: usize, pixels: i32, channels: i32, activation: i32): void {
  if (residual) {
    if (activation == NONE) apply(true, NONE, y, z, residual, state, pixels, channels);
    else if (activation == RELU) apply(true, RELU, y, z, residual, state, pixels, channels);
    else unreachable();
  } else if (activation == NONE) apply(false, NONE, y, z, 0, state, pixels, channels);
  else if (activation == RELU) apply(false, RELU, y, z, 0, state, pixels, channels);
  else if (activation == RELU6) apply(false, RELU6, y, z, 0, state, pixels, channels);
  else if (activation == HARD_SWISH) apply(false, HARD_SWISH, y, z, 0, state, pixels, channels);
  else unreachable();
}

// @ts-ignore: decorator
@inline
function apply(hasResidual: bool, activation: i32, y: usize, z: usize, residual: usize, state: usize, pixels: i32, channels: i32): void {
  const row = <usize>channels * F32;
  let p = 0;
  for (; p + 4 <= pixels; p += 4) {
    for (let c: usize = 0; c < row; c += 16) {
      const scale = v128.load(state + c), shift = v128.load(state + row + c);
      let source = z + c, added = residual + c, target = y + c;
      for (let i = 0; i < 4; i++) {
        let u = multiplyAdd(v128.load(source), scale, shift);
        if (hasResidual) u = f32x4.add(u, v128.load(added));
        v128.store(target, activate(u, activation));
        source += row;
        target += row;
        if (hasResidual) added += row;
      }
    }
    y += 4 * row;
    z += 4 * row;
    if (hasResidual) residual += 4 * row;
  }
  for (; p < pixels; p++) {
    for (let c: usize = 0; c < row; c += 16) {
      let u = multiplyAdd(v128.load(z + c), v128.load(state + c), v128.load(state + row + c));
      if (hasResidual) u = f32x4.add(u, v128.load(residual + c));
      v128.store(y + c, activate(u, activation));
    }
    y += row;
    z += row;
    if (hasResidual) residual += row;
  }
}

/** sums += | sum du | sum du * (z - mean) |, du = dy * activation'(scale * z + shift), over dy, z [pixels, channels]. */
export function normBackwardSums(sums: usize, dy: usize, z: usize, state: usize, pixels: i32, channels: i32, activation: i32): void {
  if (activation == NONE) backwardSums(NONE, sums, dy, z, state, pixels, channels);
  else if (activation == RELU) backwardSums(RELU, sums, dy, z, state, pixels, channels);
  else if (activation == RELU6) backwardSums(RELU6, sums, dy, z, state, pixels, channels);
  else if (activation == HARD_SWISH) backwardSums(HARD_SWISH, sums, dy, z, state, pixels, channels);
  else unreachable();
}

// @ts-ignore: decorator
@inline
function backwardSums(activation: i32, sums: usize, dy: usize, z: usize, state: usize, pixels: i32, channels: i32): void {
  const row = <usize>channels * F32;
  const bytes = <usize>pixels * row;
  const products = sums + 2 * row;
  let c: usize = 0;
  for (; c + 32 <= row; c += 32) {
    const scale0 = v128.load(state + c), scale1 = v128.load(state + c, 16);
    const shift0 = v128.load(state + row + c), shift1 = v128.load(state + row + c, 16);
    const mean0 = v128.load(state + 2 * row + c), mean1 = v128.load(state + 2 * row + c, 16);
    let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0;
    let source = z + c;
    for (let gradient = dy + c, end = gradient + bytes; gradient < end; gradient += row) {
      const z0 = v128.load(source), z1 = v128.load(source, 16);
      const du0 = slope(multiplyAdd(z0, scale0, shift0), v128.load(gradient), activation);
      const du1 = slope(multiplyAdd(z1, scale1, shift1), v128.load(gradient, 16), activation);
      s0 = f32x4.add(s0, du0);
      s1 = f32x4.add(s1, du1);
      q0 = multiplyAdd(du0, f32x4.sub(z0, mean0), q0);
      q1 = multiplyAdd(du1, f32x4.sub(z1, mean1), q1);
      source += row;
    }
    addDoubles(sums + 2 * c, s0);
    addDoubles(sums + 2 * c + 32, s1);
    addDoubles(products + 2 * c, q0);
    addDoubles(products + 2 * c + 32, q1);
  }
  for (; c < row; c += 16) {
    const scale = v128.load(state + c), shift = v128.load(state + row + c), mean = v128.load(state + 2 * row + c);
    let s = f32x4.splat(0), q = s;
    let source = z + c;
    for (let gradient = dy + c, end = gradient + bytes; gradient < end; gradient += row) {
      const v = v128.load(source);
      const du = slope(multiplyAdd(v, scale, shift), v128.load(gradient), activation);
      s = f32x4.add(s, du);
      q = multiplyAdd(du, f32x4.sub(v, mean), q);
      source += row;
    }
    addDoubles(sums + 2 * c, s);
    addDoubles(products + 2 * c, q);
  }
}

/** From backward sums to `state`'s a, b, c; dgamma and dbeta [channels] are set. */
export function normBackwardFinish(state: usize, dgamma: usize, dbeta: usize, sums: usize, pixels: i32, channels: i32): void {
  const row = <usize>channels * F32;
  for (let c: usize = 0; c < row; c += F32) {
    const sum = load<f64>(sums + 2 * c);
    const product = load<f64>(sums + 2 * row + 2 * c);
    const scale = <f64>load<f32>(state + c);
    const mean = <f64>load<f32>(state + 2 * row + c);
    const inverse = <f64>load<f32>(state + 3 * row + c);
    const b = -scale * inverse * inverse * product / <f64>pixels;
    store<f32>(dgamma + c, <f32>(product * inverse));
    store<f32>(dbeta + c, <f32>sum);
    store<f32>(state + 4 * row + c, <f32>scale);
    store<f32>(state + 5 * row + c, <f32>b);
    store<f32>(state + 6 * row + c, <f32>(-scale * sum / <f64>pixels - b * mean));
  }
}

/**
 * dz = a * du + b * z + c, du = dy * activation'(scale * z + shift)
 *
 * @param dz, dy, z [pixels, channels]
 */
export function normBackward(dz: usize, dy: usize, z: usize, state: usize, pixels: i32, channels: i32, activation: i32): void {
  if (activation == NONE) backward(NONE, dz, dy, z, state, pixels, channels);
  else if (activation == RELU) backward(RELU, dz, dy, z, state, pixels, channels);
  else if (activation == RELU6) backward(RELU6, dz, dy, z, state, pixels, channels);
  else if (activation == HARD_SWISH) backward(HARD_SWISH, dz, dy, z, state, pixels, channels);
  else unreachable();
}

// @ts-ignore: decorator
@inline
function backward(activation: i32, dz: usize, dy: usize, z: usize, state: usize, pixels: i32, channels: i32): void {
  const row = <usize>channels * F32;
  for (let p = 0; p < pixels; p += 4) {
    const count = min(4, pixels - p);
    for (let c: usize = 0; c < row; c += 16) {
      const scale = v128.load(state + c), shift = v128.load(state + row + c);
      const a = v128.load(state + 4 * row + c), b = v128.load(state + 5 * row + c), offset = v128.load(state + 6 * row + c);
      let source = z + c, gradient = dy + c, target = dz + c;
      for (let i = 0; i < count; i++) {
        const v = v128.load(source);
        const du = slope(multiplyAdd(v, scale, shift), v128.load(gradient), activation);
        v128.store(target, multiplyAdd(du, a, multiplyAdd(v, b, offset)));
        source += row;
        gradient += row;
        target += row;
      }
    }
    dz += 4 * row;
    dy += 4 * row;
    z += 4 * row;
  }
}
