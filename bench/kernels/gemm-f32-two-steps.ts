/**
 * gemm-f32.ts with two input channels per turn of the loop: half as many additions to pointers, and branches.
 *
 * Lost: 8 sums, 4 vectors of weights, pixels and, without fused multiply-add, products are too many for 16 registers. With
 * it, it is a tie for twice the code.
 *
 * Times longer than the kernel in use, by input channels (Intel Xeon with AVX-512, two busy cores, 40 rounds):
 *   baseline SIMD, Node 20: 1.24 (16), 1.28 (24), 1.20 (192), 1.21 (384)
 *   relaxed SIMD, Node 24:  1.02 (16), 1.01 (24), 0.99 (192), 0.99 (384)
 */
import { F32, PANEL_CHANNELS, POINTER, TILE_PIXELS } from '../../assembly/border';
import { fillPointers, finish } from '../../assembly/gemm-f32';
import { multiplyAdd, splat } from '../../assembly/simd';

export function convolutionTwoSteps(
  out: usize, outStride: i32,
  input: usize, inStride: i32,
  residual: usize, residualStride: i32,
  weights: usize, bias: usize, zeros: usize, pointers: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, outChannels: i32, activation: i32,
  block: i32, begin: i32, end: i32,
): void {
  const taps = kernel * kernel;
  const panelBytes = <usize>(taps * channels * PANEL_CHANNELS) * F32;
  const tableBytes = <usize>(taps * TILE_PIXELS * POINTER);
  for (let first = begin; first < end; first += block) {
    const last = min(first + block, end) - 1;
    fillPointers(pointers, input, <usize>inStride * F32, zeros, height, width, kernel, stride, padding, outWidth, first, last);
    let panel = weights;
    for (let o = 0; o < outChannels; o += PANEL_CHANNELS) {
      let table = pointers;
      for (let p = first; p <= last; p += TILE_PIXELS) {
        tile(out, outStride, residual, residualStride, panel, bias + <usize>o * F32, table, taps, channels, o, outChannels, activation, p, last);
        table += tableBytes;
      }
      panel += panelBytes;
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(
  out: usize, outStride: i32, residual: usize, residualStride: i32, w: usize, bias: usize, table: usize,
  taps: i32, channels: i32, o: i32, outChannels: i32, activation: i32, p: i32, last: i32,
): void {
  let c00 = v128.load(bias), c01 = v128.load(bias, 16);
  let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
  const bytes = <usize>channels * F32;
  for (let t = 0; t < taps; t++) {
    let a0 = <usize>load<u32>(table);
    let a1 = <usize>load<u32>(table, 4);
    let a2 = <usize>load<u32>(table, 8);
    let a3 = <usize>load<u32>(table, 12);
    table += 16;
    const stop = a0 + bytes;
    const pairs = a0 + (bytes & ~7);
    while (a0 < pairs) {
      const b0 = v128.load(w), b1 = v128.load(w, 16);
      const d0 = v128.load(w, 32), d1 = v128.load(w, 48);
      const s0 = splat(a0), t0 = splat(a0 + F32);
      c00 = multiplyAdd(s0, b0, c00);
      c01 = multiplyAdd(s0, b1, c01);
      c00 = multiplyAdd(t0, d0, c00);
      c01 = multiplyAdd(t0, d1, c01);
      const s1 = splat(a1), t1 = splat(a1 + F32);
      c10 = multiplyAdd(s1, b0, c10);
      c11 = multiplyAdd(s1, b1, c11);
      c10 = multiplyAdd(t1, d0, c10);
      c11 = multiplyAdd(t1, d1, c11);
      const s2 = splat(a2), t2 = splat(a2 + F32);
      c20 = multiplyAdd(s2, b0, c20);
      c21 = multiplyAdd(s2, b1, c21);
      c20 = multiplyAdd(t2, d0, c20);
      c21 = multiplyAdd(t2, d1, c21);
      const s3 = splat(a3), t3 = splat(a3 + F32);
      c30 = multiplyAdd(s3, b0, c30);
      c31 = multiplyAdd(s3, b1, c31);
      c30 = multiplyAdd(t3, d0, c30);
      c31 = multiplyAdd(t3, d1, c31);
      a0 += 2 * F32;
      a1 += 2 * F32;
      a2 += 2 * F32;
      a3 += 2 * F32;
      w += 64;
    }
    while (a0 < stop) {
      const b0 = v128.load(w), b1 = v128.load(w, 16);
      const s0 = splat(a0);
      c00 = multiplyAdd(s0, b0, c00);
      c01 = multiplyAdd(s0, b1, c01);
      const s1 = splat(a1);
      c10 = multiplyAdd(s1, b0, c10);
      c11 = multiplyAdd(s1, b1, c11);
      const s2 = splat(a2);
      c20 = multiplyAdd(s2, b0, c20);
      c21 = multiplyAdd(s2, b1, c21);
      const s3 = splat(a3);
      c30 = multiplyAdd(s3, b0, c30);
      c31 = multiplyAdd(s3, b1, c31);
      a0 += F32;
      a1 += F32;
      a2 += F32;
      a3 += F32;
      w += 32;
    }
  }
  finish(out, outStride, residual, residualStride, p, last, o, outChannels - o, activation, c00, c01, c10, c11, c20, c21, c30, c31);
}
