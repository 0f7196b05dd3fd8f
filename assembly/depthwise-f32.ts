/** Depthwise convolution, direct, for any square kernel and stride: each channel has a kernel of its own. */
import { F32 } from './border';
import { activate, loadLanes, multiplyAdd, storeLanes } from './simd';

/**
 * out[y, x, c] = activation(bias[c] + sum over taps of in[y * stride + ky - padding, x * stride + kx - padding, c] * weights[ky, kx, c])
 *
 * @param out [outHeight, outWidth, channels]
 * @param input [height, width, channels]
 * @param weights [kernel, kernel, channels]; `bias` [channels]
 * @param begin, end output rows
 */
export function depthwise(
  out: usize, input: usize,
  weights: usize, bias: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, activation: i32, begin: i32, end: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  // Output columns whose taps all lie inside the picture's width.
  const innerBegin = (padding + stride - 1) / stride;
  const innerEnd = width + padding < kernel ? 0 : (width + padding - kernel) / stride + 1;
  for (let y = begin; y < end; y++) {
    const top = y * stride - padding;
    const kyBegin = max(0, -top);
    const kyEnd = min(kernel, height - top);
    let target = out + <usize>(y * outWidth) * pixelBytes;
    for (let x = 0; x < outWidth; ) {
      const left = x * stride - padding;
      if (x >= innerBegin && x + 4 <= innerEnd && channels >= 4) {
        const source = input + <usize>((top + kyBegin) * width + left) * pixelBytes;
        strip(target, source, weights, bias, width, channels, kernel, stride, kyBegin, kyEnd, activation);
        x += 4;
        target += 4 * pixelBytes;
      } else {
        const kxBegin = max(0, -left);
        const kxEnd = min(kernel, width - left);
        const source = input + <usize>((top + kyBegin) * width + left + kxBegin) * pixelBytes;
        pixel(target, source, weights, bias, width, channels, kernel, kyBegin, kyEnd, kxBegin, kxEnd, activation);
        x++;
        target += pixelBytes;
      }
    }
  }
}

/** Four output pixels side by side, all of whose kernel columns lie inside: four channels at a time, the last four overlapping. */
// @ts-ignore: decorator
@inline
function strip(
  out: usize, source: usize, weights: usize, bias: usize,
  width: i32, channels: i32, kernel: i32, stride: i32, kyBegin: i32, kyEnd: i32, activation: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  const step = <usize>stride * pixelBytes;
  const rowBytes = <usize>width * pixelBytes;
  let group = 0;
  // Eight sums at a time hide the latency of each other's additions.
  for (; group + 8 <= channels; group += 8) {
    const c = <usize>group * F32;
    let v0 = v128.load(bias + c), u0 = v128.load(bias + c, 16);
    let v1 = v0, v2 = v0, v3 = v0, u1 = u0, u2 = u0, u3 = u0;
    let row = source + c;
    let w = weights + c + <usize>(kyBegin * kernel) * pixelBytes;
    for (let ky = kyBegin; ky < kyEnd; ky++) {
      let tap = row;
      for (let kx = 0; kx < kernel; kx++) {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        const second = tap + step, third = second + step, fourth = third + step;
        v0 = multiplyAdd(v128.load(tap), w0, v0);
        u0 = multiplyAdd(v128.load(tap, 16), w1, u0);
        v1 = multiplyAdd(v128.load(second), w0, v1);
        u1 = multiplyAdd(v128.load(second, 16), w1, u1);
        v2 = multiplyAdd(v128.load(third), w0, v2);
        u2 = multiplyAdd(v128.load(third, 16), w1, u2);
        v3 = multiplyAdd(v128.load(fourth), w0, v3);
        u3 = multiplyAdd(v128.load(fourth, 16), w1, u3);
        tap += pixelBytes;
        w += pixelBytes;
      }
      row += rowBytes;
    }
    let target = out + c;
    v128.store(target, activate(v0, activation));
    v128.store(target, activate(u0, activation), 16);
    target += pixelBytes;
    v128.store(target, activate(v1, activation));
    v128.store(target, activate(u1, activation), 16);
    target += pixelBytes;
    v128.store(target, activate(v2, activation));
    v128.store(target, activate(u2, activation), 16);
    target += pixelBytes;
    v128.store(target, activate(v3, activation));
    v128.store(target, activate(u3, activation), 16);
  }
  for (; group < channels; group += 4) {
    const c = <usize>min(group, channels - 4) * F32;
    let v0 = v128.load(bias + c);
    let v1 = v0, v2 = v0, v3 = v0;
    let row = source + c;
    let w = weights + c + <usize>(kyBegin * kernel) * pixelBytes;
    for (let ky = kyBegin; ky < kyEnd; ky++) {
      let tap = row;
      for (let kx = 0; kx < kernel; kx++) {
        const weight = v128.load(w);
        v0 = multiplyAdd(v128.load(tap), weight, v0);
        v1 = multiplyAdd(v128.load(tap + step), weight, v1);
        v2 = multiplyAdd(v128.load(tap + 2 * step), weight, v2);
        v3 = multiplyAdd(v128.load(tap + 3 * step), weight, v3);
        tap += pixelBytes;
        w += pixelBytes;
      }
      row += rowBytes;
    }
    const target = out + c;
    v128.store(target, activate(v0, activation));
    v128.store(target + pixelBytes, activate(v1, activation));
    v128.store(target + 2 * pixelBytes, activate(v2, activation));
    v128.store(target + 3 * pixelBytes, activate(v3, activation));
  }
}

/** One output pixel whose kernel is clipped to [kyBegin, kyEnd) x [kxBegin, kxEnd): sixteen channels at a time, then four. */
// @ts-ignore: decorator
@inline
export function pixel(
  out: usize, source: usize, weights: usize, bias: usize,
  width: i32, channels: i32, kernel: i32, kyBegin: i32, kyEnd: i32, kxBegin: i32, kxEnd: i32, activation: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  const rowBytes = <usize>width * pixelBytes;
  weights += <usize>(kyBegin * kernel + kxBegin) * pixelBytes;
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    const offset = <usize>c * F32;
    let v0 = v128.load(bias + offset), v1 = v128.load(bias + offset, 16);
    let v2 = v128.load(bias + offset, 32), v3 = v128.load(bias + offset, 48);
    let row = source + offset;
    let weightRow = weights + offset;
    for (let ky = kyBegin; ky < kyEnd; ky++) {
      let tap = row;
      let w = weightRow;
      for (let kx = kxBegin; kx < kxEnd; kx++) {
        v0 = multiplyAdd(v128.load(tap), v128.load(w), v0);
        v1 = multiplyAdd(v128.load(tap, 16), v128.load(w, 16), v1);
        v2 = multiplyAdd(v128.load(tap, 32), v128.load(w, 32), v2);
        v3 = multiplyAdd(v128.load(tap, 48), v128.load(w, 48), v3);
        tap += pixelBytes;
        w += pixelBytes;
      }
      row += rowBytes;
      weightRow += <usize>kernel * pixelBytes;
    }
    const target = out + offset;
    v128.store(target, activate(v0, activation));
    v128.store(target, activate(v1, activation), 16);
    v128.store(target, activate(v2, activation), 32);
    v128.store(target, activate(v3, activation), 48);
  }
  for (; c < channels; c += 4) {
    const offset = <usize>c * F32;
    const lanes = channels - c;
    let v = loadLanes(bias + offset, lanes);
    let row = source + offset;
    let weightRow = weights + offset;
    for (let ky = kyBegin; ky < kyEnd; ky++) {
      let tap = row;
      let w = weightRow;
      for (let kx = kxBegin; kx < kxEnd; kx++) {
        v = multiplyAdd(loadLanes(tap, lanes), loadLanes(w, lanes), v);
        tap += pixelBytes;
        w += pixelBytes;
      }
      row += rowBytes;
      weightRow += <usize>kernel * pixelBytes;
    }
    storeLanes(out + offset, activate(v, activation), lanes);
  }
}
