/**
 * depthwise-f32.ts with four sums at a time in the middle of the picture instead of eight, as it was at first.
 *
 * Lost: four sums wait for each other's additions, more so where a multiply-add is one instruction.
 *
 * Times longer than the kernel in use, by side and channels (Intel Xeon with AVX-512, two busy cores, 40 rounds):
 *   baseline SIMD, Node 20: 1.04 (128, 96, stride 2), 1.00 (64, 144), 1.06 (32, 192), 1.06 (16, 384)
 *   relaxed SIMD, Node 24:  1.17 (128, 96, stride 2), 1.27 (64, 144), 1.24 (32, 192), 1.19 (16, 384)
 */
import { F32 } from '../../assembly/border';
import { pixel } from '../../assembly/depthwise-f32';
import { activate, multiplyAdd } from '../../assembly/simd';

export function depthwiseFourSums(
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
  for (let group = 0; group < channels; group += 4) {
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
