/**
 * The weight gradient of a convolution as a matrix product that sums over pixels. The input gradient needs no kernel of
 * its own: it is `convolution` with the weights that `packInputGradient` made.
 *
 * A register tile is 4 output channels x 8 columns of the weights, one pixel per loop turn, as in `gemm-f32.ts`.
 */
import { F32 } from '../border';
import { multiplyAdd, splat } from '../simd';

const TILE_OUTPUTS = 4;
const TILE_COLUMNS = 8;

/**
 * dw[o, k] += sum over pixels p of dy[p, o] * x[p, k]
 *
 * @param dw [outChannels, depth]
 * @param dy [pixels, outChannels] and x [pixels, depth], dense; 32 readable bytes behind x
 */
export function weightGradient(dw: usize, dy: usize, x: usize, pixels: i32, outChannels: i32, depth: i32): void {
  const xRow = <usize>depth * F32;
  const dyRow = <usize>outChannels * F32;
  for (let k = 0; k < depth; k += TILE_COLUMNS) {
    const column = x + <usize>k * F32;
    for (let o = 0; o < outChannels; o += TILE_OUTPUTS) {
      tile(dw + (<usize>o * depth + k) * F32, dy + <usize>o * F32, column, pixels, dyRow, xRow, outChannels - o, depth - k);
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(dw: usize, dy: usize, x: usize, pixels: i32, dyRow: usize, xRow: usize, rows: i32, columns: i32): void {
  let c00 = f32x4.splat(0), c01 = c00;
  let c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const end = dy + <usize>pixels * dyRow;
  if (rows >= TILE_OUTPUTS) {
    while (dy < end) {
      const b0 = v128.load(x), b1 = v128.load(x, 16);
      const s0 = splat(dy);
      c00 = multiplyAdd(s0, b0, c00);
      c01 = multiplyAdd(s0, b1, c01);
      const s1 = splat(dy + 4);
      c10 = multiplyAdd(s1, b0, c10);
      c11 = multiplyAdd(s1, b1, c11);
      const s2 = splat(dy + 8);
      c20 = multiplyAdd(s2, b0, c20);
      c21 = multiplyAdd(s2, b1, c21);
      const s3 = splat(dy + 12);
      c30 = multiplyAdd(s3, b0, c30);
      c31 = multiplyAdd(s3, b1, c31);
      dy += dyRow;
      x += xRow;
    }
  } else {
    const second: usize = rows > 1 ? 4 : 0;
    const third: usize = rows > 2 ? 8 : 0;
    while (dy < end) {
      const b0 = v128.load(x), b1 = v128.load(x, 16);
      const s0 = splat(dy), s1 = splat(dy + second), s2 = splat(dy + third);
      c00 = multiplyAdd(s0, b0, c00);
      c01 = multiplyAdd(s0, b1, c01);
      c10 = multiplyAdd(s1, b0, c10);
      c11 = multiplyAdd(s1, b1, c11);
      c20 = multiplyAdd(s2, b0, c20);
      c21 = multiplyAdd(s2, b1, c21);
      dy += dyRow;
      x += xRow;
    }
  }
  accumulate(dw, c00, c01, columns);
  if (rows > 1) accumulate(dw + xRow, c10, c11, columns);
  if (rows > 2) accumulate(dw + 2 * xRow, c20, c21, columns);
  if (rows > 3) accumulate(dw + 3 * xRow, c30, c31, columns);
}

// @ts-ignore: decorator
@inline
function accumulate(target: usize, v0: v128, v1: v128, columns: i32): void {
  if (columns >= TILE_COLUMNS) {
    v128.store(target, f32x4.add(v128.load(target), v0));
    v128.store(target, f32x4.add(v128.load(target, 16), v1), 16);
    return;
  }
  addLanes(target, v0, columns);
  if (columns > 4) addLanes(target + 16, v1, columns - 4);
}

// @ts-ignore: decorator
@inline
function addLanes(target: usize, v: v128, count: i32): void {
  const lanes = min(4, count);
  store<f32>(target, load<f32>(target) + f32x4.extract_lane(v, 0));
  if (lanes > 1) store<f32>(target + 4, load<f32>(target + 4) + f32x4.extract_lane(v, 1));
  if (lanes > 2) store<f32>(target + 8, load<f32>(target + 8) + f32x4.extract_lane(v, 2));
  if (lanes > 3) store<f32>(target + 12, load<f32>(target + 12) + f32x4.extract_lane(v, 3));
}

/** sums[c] += sum over pixels of dy[p, c]: the gradient of a bias. */
export function columnSums(sums: usize, dy: usize, pixels: i32, channels: i32): void {
  for (let p = 0; p < pixels; p++) {
    for (let c: usize = 0; c < <usize>channels * F32; c += F32) {
      store<f32>(sums + c, load<f32>(sums + c) + load<f32>(dy));
      dy += F32;
    }
  }
}
