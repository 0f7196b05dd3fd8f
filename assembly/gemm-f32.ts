/**
 * Convolution as a matrix product (implicit GEMM): no im2col buffer, the pixels under each kernel tap are read through
 * a small table of pointers. A 1x1 convolution is the case of one tap.
 *
 * A register tile is 4 output pixels x 8 output channels, one K step (input channel) per loop turn: V8 then needs no
 * spill. More steps per turn, or a larger tile, are slower.
 *
 *   weights   panels of 8 output channels, each  tap 0: | c 0: o0..o7 | c 1: o0..o7 | ...  tap 1: ...   (see pack.ts)
 *   pointers  tiles of 4 pixels,           each  tap 0: | p0 p1 p2 p3 |                    tap 1: ...
 */
import { F32, HARD_SWISH, NONE, PANEL_CHANNELS, POINTER, RELU, RELU6, TILE_PIXELS } from './border';
import { activate, loadLanes, multiplyAdd, splat, storeLanes } from './simd';

/**
 * out[p, o] = activation(bias[o] + residual[p, o] + sum over taps t and channels c of in[pixel(p, t), c] * weights[o, t, c])
 * for the output pixels p = begin .. end - 1, counted row by row.
 *
 * @param out [outHeight * outWidth, outChannels], `outStride` floats from pixel to pixel
 * @param input [height, width, channels], `inStride` floats from pixel to pixel
 * @param weights packed by `packGemm`; `bias` has room for whole panels
 * @param residual [outHeight * outWidth, outChannels], `residualStride` floats from pixel to pixel; pointer 0 for none; never `out` itself, of which a last tile writes pixels twice
 * @param zeros at least `channels` floats of 0: what a tap outside the picture reads
 * @param pointers scratch: (block + 3) * taps pointers
 * @param block pixels for which a panel of weights is used before the next panel is taken, a multiple of 4
 */
export function convolution(
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

/** Where each tap of each pixel first .. last reads, pixels `pixelBytes` apart; tiles that reach beyond `last` repeat it. */
// @ts-ignore: decorator
@inline
export function fillPointers(
  pointers: usize, input: usize, pixelBytes: usize, zeros: usize,
  height: i32, width: i32, kernel: i32, stride: i32, padding: i32, outWidth: i32, first: i32, last: i32,
): void {
  const taps = kernel * kernel;
  const tilesEnd = first + ((last - first) | (TILE_PIXELS - 1)) + 1;
  if (kernel == 1 && stride == 1 && padding == 0) {
    for (let p = first; p < tilesEnd; p++) store<u32>(pointers + <usize>((p - first) * POINTER), <u32>(input + <usize>min(p, last) * pixelBytes));
    return;
  }
  for (let p = first; p < tilesEnd; p++) {
    const pixel = min(p, last);
    const top = (pixel / outWidth) * stride - padding;
    const left = (pixel % outWidth) * stride - padding;
    const lane = p - first;
    let entry = pointers + <usize>((lane >> 2) * taps * TILE_PIXELS + (lane & 3)) * POINTER;
    for (let y = top; y < top + kernel; y++) {
      for (let x = left; x < left + kernel; x++) {
        const inside = <u32>y < <u32>height && <u32>x < <u32>width;
        store<u32>(entry, <u32>(inside ? input + <usize>(y * width + x) * pixelBytes : zeros));
        entry += TILE_PIXELS * POINTER;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
export function tile(
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
  finish(out, outStride, residual, residualStride, p, last, o, outChannels - o, activation, c00, c01, c10, c11, c20, c21, c30, c31);
}

/** Residual, activation and store of a tile from pixel `p` on, of whose 8 channels `left` exist; pixels behind `last` repeat it. */
// @ts-ignore: decorator
@inline
export function finish(
  out: usize, outStride: i32, residual: usize, residualStride: i32, p: i32, last: i32, o: i32, left: i32, activation: i32,
  c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128,
): void {
  const row = <usize>outStride * F32;
  const target = out + <usize>(p * outStride + o) * F32;
  const residualRow = <usize>residualStride * F32;
  const source = residual + <usize>(p * residualStride + o) * F32;
  // The usual tiles by what their layer is: with few input channels, a branch for every pixel would cost a quarter of the time.
  if (left >= PANEL_CHANNELS && p + TILE_PIXELS - 1 <= last) {
    if (!residual) {
      if (activation == NONE) return finishWhole(false, NONE, target, row, 0, 0, c00, c01, c10, c11, c20, c21, c30, c31);
      if (activation == RELU) return finishWhole(false, RELU, target, row, 0, 0, c00, c01, c10, c11, c20, c21, c30, c31);
      if (activation == RELU6) return finishWhole(false, RELU6, target, row, 0, 0, c00, c01, c10, c11, c20, c21, c30, c31);
      if (activation == HARD_SWISH) return finishWhole(false, HARD_SWISH, target, row, 0, 0, c00, c01, c10, c11, c20, c21, c30, c31);
    } else {
      if (activation == NONE) return finishWhole(true, NONE, target, row, source, residualRow, c00, c01, c10, c11, c20, c21, c30, c31);
      if (activation == RELU) return finishWhole(true, RELU, target, row, source, residualRow, c00, c01, c10, c11, c20, c21, c30, c31);
    }
  }
  const second = <usize>min(1, last - p), third = <usize>min(2, last - p), fourth = <usize>min(3, last - p);
  finishPart(target, residual, source, left, activation, c00, c01);
  finishPart(target + second * row, residual, source + second * residualRow, left, activation, c10, c11);
  finishPart(target + third * row, residual, source + third * residualRow, left, activation, c20, c21);
  finishPart(target + fourth * row, residual, source + fourth * residualRow, left, activation, c30, c31);
}

// @ts-ignore: decorator
@inline
function finishWhole(
  hasResidual: bool, activation: i32, target: usize, row: usize, residual: usize, residualRow: usize,
  c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128,
): void {
  finishPixel(hasResidual, activation, target, residual, c00, c01);
  finishPixel(hasResidual, activation, target + row, residual + residualRow, c10, c11);
  finishPixel(hasResidual, activation, target + 2 * row, residual + 2 * residualRow, c20, c21);
  finishPixel(hasResidual, activation, target + 3 * row, residual + 3 * residualRow, c30, c31);
}

// @ts-ignore: decorator
@inline
function finishPixel(hasResidual: bool, activation: i32, target: usize, residual: usize, v0: v128, v1: v128): void {
  if (hasResidual) {
    v0 = f32x4.add(v0, v128.load(residual));
    v1 = f32x4.add(v1, v128.load(residual, 16));
  }
  v128.store(target, activate(v0, activation));
  v128.store(target, activate(v1, activation), 16);
}

/** Pixel by pixel, also where channels are missing. */
// @ts-ignore: decorator
@inline
function finishPart(target: usize, residual: usize, source: usize, left: i32, activation: i32, v0: v128, v1: v128): void {
  if (residual) {
    v0 = f32x4.add(v0, loadLanes(source, left));
    if (left > 4) v1 = f32x4.add(v1, loadLanes(source + 16, left - 4));
  }
  storeLanes(target, activate(v0, activation), left);
  if (left > 4) storeLanes(target + 16, activate(v1, activation), left - 4);
}
