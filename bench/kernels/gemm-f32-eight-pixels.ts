/**
 * gemm-f32.ts with tiles of 8 pixels x 8 channels: weights are loaded half as often.
 *
 * Lost: 16 sums, 2 vectors of weights and a pixel need more than the 16 registers of SSE and AVX, and the pointers of 8
 * pixels more than the 16 others: both spill. A fused multiply-add needs a register less, and loses less.
 *
 * Times longer than the kernel in use, by input channels (Intel Xeon with AVX-512, two busy cores, 40 rounds):
 *   baseline SIMD, Node 20: 1.51 (16), 1.61 (24), 1.47 (192), 1.48 (384)
 *   relaxed SIMD, Node 24:  1.22 (16), 1.20 (24), 1.04 (192), 1.00 (384)
 */
import { F32, PANEL_CHANNELS, POINTER, TILE_PIXELS } from '../../assembly/border';
import { fillPointers, finish } from '../../assembly/gemm-f32';
import { multiplyAdd, splat } from '../../assembly/simd';

export function convolutionEightPixels(
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
      for (let p = first; p <= last; p += 2 * TILE_PIXELS) {
        // Behind the last pixels a table may be missing: its place is taken by the one before.
        const second = p + TILE_PIXELS <= last ? tableBytes : 0;
        tile(out, outStride, residual, residualStride, panel, bias + <usize>o * F32, table, second, taps, channels, o, outChannels, activation, p, last);
        table += 2 * tableBytes;
      }
      panel += panelBytes;
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(
  out: usize, outStride: i32, residual: usize, residualStride: i32, w: usize, bias: usize, table: usize, second: usize,
  taps: i32, channels: i32, o: i32, outChannels: i32, activation: i32, p: i32, last: i32,
): void {
  let c00 = v128.load(bias), c01 = v128.load(bias, 16);
  let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
  let c40 = c00, c41 = c01, c50 = c00, c51 = c01, c60 = c00, c61 = c01, c70 = c00, c71 = c01;
  const bytes = <usize>channels * F32;
  // The tables of four pixels follow each other.
  let next = table + second;
  for (let t = 0; t < taps; t++) {
    let a0 = <usize>load<u32>(table);
    let a1 = <usize>load<u32>(table, 4);
    let a2 = <usize>load<u32>(table, 8);
    let a3 = <usize>load<u32>(table, 12);
    let a4 = <usize>load<u32>(next);
    let a5 = <usize>load<u32>(next, 4);
    let a6 = <usize>load<u32>(next, 8);
    let a7 = <usize>load<u32>(next, 12);
    table += 16;
    next += 16;
    const stop = a0 + bytes;
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
      const s4 = splat(a4);
      c40 = multiplyAdd(s4, b0, c40);
      c41 = multiplyAdd(s4, b1, c41);
      const s5 = splat(a5);
      c50 = multiplyAdd(s5, b0, c50);
      c51 = multiplyAdd(s5, b1, c51);
      const s6 = splat(a6);
      c60 = multiplyAdd(s6, b0, c60);
      c61 = multiplyAdd(s6, b1, c61);
      const s7 = splat(a7);
      c70 = multiplyAdd(s7, b0, c70);
      c71 = multiplyAdd(s7, b1, c71);
      a0 += F32;
      a1 += F32;
      a2 += F32;
      a3 += F32;
      a4 += F32;
      a5 += F32;
      a6 += F32;
      a7 += F32;
      w += 32;
    }
  }
  const left = outChannels - o;
  finish(out, outStride, residual, residualStride, p, last, o, left, activation, c00, c01, c10, c11, c20, c21, c30, c31);
  if (second) {
    const q = p + TILE_PIXELS;
    finish(out, outStride, residual, residualStride, q, last, o, left, activation, c40, c41, c50, c51, c60, c61, c70, c71);
  }
}
