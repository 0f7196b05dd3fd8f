/**
 * gemm-f32.ts with residual, activation and store chosen pixel by pixel, as it was at first.
 *
 * Lost: with few input channels a tile has little else to do than its end, whose branches are taken once a tile now.
 *
 * Times longer than the kernel in use, by input channels (Intel Xeon with AVX-512, two busy cores, 40 rounds):
 *   baseline SIMD, Node 20: 1.15 (16), 1.11 (24), 1.02 (192), 1.01 (384)
 *   relaxed SIMD, Node 24:  1.18 (16), 1.12 (24), 1.00 (192), 0.99 (384)
 */
import { F32, PANEL_CHANNELS, POINTER, TILE_PIXELS } from '../../assembly/border';
import { fillPointers } from '../../assembly/gemm-f32';
import { activate, loadLanes, multiplyAdd, splat, storeLanes } from '../../assembly/simd';

export function convolutionPixelFinish(
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
  const left = outChannels - o;
  finish(out, outStride, residual, residualStride, p, o, left, activation, c00, c01);
  finish(out, outStride, residual, residualStride, min(p + 1, last), o, left, activation, c10, c11);
  finish(out, outStride, residual, residualStride, min(p + 2, last), o, left, activation, c20, c21);
  finish(out, outStride, residual, residualStride, min(p + 3, last), o, left, activation, c30, c31);
}

/** One pixel's 8 channels, of which `left` exist. */
// @ts-ignore: decorator
@inline
function finish(
  out: usize, outStride: i32, residual: usize, residualStride: i32, pixel: i32, o: i32, left: i32, activation: i32, v0: v128, v1: v128,
): void {
  const target = out + <usize>(pixel * outStride + o) * F32;
  if (residual) {
    const source = residual + <usize>(pixel * residualStride + o) * F32;
    v0 = f32x4.add(v0, loadLanes(source, left));
    if (left > 4) v1 = f32x4.add(v1, loadLanes(source + 16, left - 4));
  }
  storeLanes(target, activate(v0, activation), left);
  if (left > 4) storeLanes(target + 16, activate(v1, activation), left - 4);
}
