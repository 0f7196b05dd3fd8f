/**
 * 3x3 convolution of stride 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin, Gray 2016, section 4.2): tiles of 4x4
 * outputs, 36 multiplications where the direct way takes 144.
 *
 *   V (input)    36 planes of [tiles, channels]
 *   U (weights)  36 planes of panels as in gemm-f32.ts, [ceil(outChannels / 8), channels, 8]
 *   M = V U      36 planes of [tiles, outChannels]
 *
 * A plane of V or M is followed by WINOGRAD_GAP bytes.
 */
import { F32, NONE, WINOGRAD_GAP, WINOGRAD_PLANES as PLANES, WINOGRAD_WORKSPACE } from './border';
import { convolution } from './gemm-f32';
import { activate, loadLanes, multiplyAdd, storeLanes } from './simd';

/** Bytes of a plane of `tiles` x `channels` floats. */
// @ts-ignore: decorator
@inline
function planeBytes(tiles: i32, channels: i32): usize {
  return <usize>(tiles * channels) * F32 + WINOGRAD_GAP;
}

/**
 * As `convolution` with kernel 3, stride 1, padding 1, for the tiles begin .. end - 1, counted row by row.
 *
 * @param weights packed by `packWinograd`, whose planes are `weightPlane` floats apart: more than these channels' where they are part of a layer's
 * @param scratch WINOGRAD_WORKSPACE bytes, then V and M of `block` tiles, then block + 3 pointers
 * @param zeros at least outChannels + 7 floats of 0
 * @param block tiles computed together
 */
export function winograd(
  out: usize, outStride: i32,
  input: usize, inStride: i32,
  residual: usize, residualStride: i32,
  weights: usize, bias: usize, zeros: usize, scratch: usize,
  height: i32, width: i32, channels: i32,
  outChannels: i32, weightPlane: i32, activation: i32,
  block: i32, begin: i32, end: i32,
): void {
  const tilesPerRow = (width + 3) >> 2;
  for (let first = begin; first < end; first += block) {
    const tiles = min(block, end - first);
    const vPlane = planeBytes(tiles, channels);
    const mPlane = planeBytes(tiles, outChannels);
    const v = scratch + WINOGRAD_WORKSPACE;
    const m = v + PLANES * vPlane;
    const pointers = m + PLANES * mPlane;
    for (let i = 0; i < tiles; i++) {
      const tile = first + i;
      transformInput(scratch, v + <usize>(i * channels) * F32, vPlane, input, inStride, height, width, channels, (tile / tilesPerRow) * 4 - 1, (tile % tilesPerRow) * 4 - 1);
    }
    for (let plane: usize = 0; plane < PLANES; plane++) {
      convolution(
        m + plane * mPlane, outChannels, v + plane * vPlane, channels, 0, 0,
        weights + plane * <usize>weightPlane * F32, zeros, zeros, pointers,
        1, tiles, channels, 1, 1, 0, tiles, outChannels, NONE, block, 0, tiles,
      );
    }
    for (let i = 0; i < tiles; i++) {
      const tile = first + i;
      transformOutput(
        scratch, out, outStride, residual, residualStride, m + <usize>(i * outChannels) * F32, mPlane, bias,
        height, width, outChannels, activation, (tile / tilesPerRow) * 4, (tile % tilesPerRow) * 4,
      );
    }
  }
}

/** B^T d B for one tile whose top left input pixel is (top, left); pixels outside are 0. */
function transformInput(
  workspace: usize, v: usize, plane: usize, input: usize, inStride: i32, height: i32, width: i32, channels: i32, top: i32, left: i32,
): void {
  const pixelBytes = <usize>inStride * F32;
  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    // Columns first: each of the 6 columns of d gives one column of B^T d, kept in `column` until the rows are done.
    for (let x = 0; x < 6; x++) {
      const inside = <u32>(left + x) < <u32>width;
      const source = input + <usize>((top * width + left + x) * inStride + c) * F32;
      const rowBytes = <usize>width * pixelBytes;
      const d0 = inside && <u32>top < <u32>height ? loadLanes(source, lanes) : f32x4.splat(0);
      const d1 = inside && <u32>(top + 1) < <u32>height ? loadLanes(source + rowBytes, lanes) : f32x4.splat(0);
      const d2 = inside && <u32>(top + 2) < <u32>height ? loadLanes(source + 2 * rowBytes, lanes) : f32x4.splat(0);
      const d3 = inside && <u32>(top + 3) < <u32>height ? loadLanes(source + 3 * rowBytes, lanes) : f32x4.splat(0);
      const d4 = inside && <u32>(top + 4) < <u32>height ? loadLanes(source + 4 * rowBytes, lanes) : f32x4.splat(0);
      const d5 = inside && <u32>(top + 5) < <u32>height ? loadLanes(source + 5 * rowBytes, lanes) : f32x4.splat(0);
      inputTransform(workspace + <usize>x * 16, 96, d0, d1, d2, d3, d4, d5, 4);
    }
    for (let y = 0; y < 6; y++) {
      const row = workspace + <usize>y * 96;
      inputTransform(
        v + <usize>(y * 6) * plane + <usize>c * F32, plane,
        v128.load(row), v128.load(row, 16), v128.load(row, 32), v128.load(row, 48), v128.load(row, 64), v128.load(row, 80), lanes,
      );
    }
  }
}

/** B^T times a vector of 6, stored with `step` bytes between the elements. */
// @ts-ignore: decorator
@inline
function inputTransform(out: usize, step: usize, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, lanes: i32): void {
  const two = f32x4.splat(2), four = f32x4.splat(4), minusFive = f32x4.splat(-5), minusFour = f32x4.splat(-4);
  const d42 = f32x4.sub(d4, d2);
  const d31 = f32x4.sub(d3, d1);
  const even = multiplyAdd(d2, minusFour, d4);
  const odd = multiplyAdd(d1, minusFour, d3);
  storeLanes(out, multiplyAdd(d0, four, multiplyAdd(d2, minusFive, d4)), lanes);
  storeLanes(out + step, f32x4.add(even, odd), lanes);
  storeLanes(out + 2 * step, f32x4.sub(even, odd), lanes);
  storeLanes(out + 3 * step, multiplyAdd(d31, two, d42), lanes);
  storeLanes(out + 4 * step, f32x4.sub(d42, f32x4.mul(d31, two)), lanes);
  storeLanes(out + 5 * step, multiplyAdd(d1, four, multiplyAdd(d3, minusFive, d5)), lanes);
}

/** A^T m A for one tile whose top left output pixel is (top, left), then bias, residual, activation; pixels outside are dropped. */
function transformOutput(
  workspace: usize, out: usize, outStride: i32, residual: usize, residualStride: i32, m: usize, plane: usize, bias: usize,
  height: i32, width: i32, channels: i32, activation: i32, top: i32, left: i32,
): void {
  const columns = min(4, width - left);
  const rows = min(4, height - top);
  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    for (let x = 0; x < 6; x++) {
      const source = m + <usize>x * plane + <usize>c * F32;
      const step: usize = 6 * plane;
      outputTransform(
        workspace + <usize>x * 16, 96,
        loadLanes(source, lanes), loadLanes(source + step, lanes), loadLanes(source + 2 * step, lanes),
        loadLanes(source + 3 * step, lanes), loadLanes(source + 4 * step, lanes), loadLanes(source + 5 * step, lanes),
      );
    }
    const b = loadLanes(bias + <usize>c * F32, lanes);
    for (let y = 0; y < rows; y++) {
      const row = workspace + <usize>y * 96;
      outputTransform(row, 16, v128.load(row), v128.load(row, 16), v128.load(row, 32), v128.load(row, 48), v128.load(row, 64), v128.load(row, 80));
      for (let x = 0; x < columns; x++) {
        const pixel = (top + y) * width + left + x;
        let value = f32x4.add(v128.load(row + <usize>x * 16), b);
        if (residual) value = f32x4.add(value, loadLanes(residual + <usize>(pixel * residualStride + c) * F32, lanes));
        storeLanes(out + <usize>(pixel * outStride + c) * F32, activate(value, activation), lanes);
      }
    }
  }
}

/** A^T times a vector of 6: 4 values, stored with `step` bytes between them. */
// @ts-ignore: decorator
@inline
function outputTransform(out: usize, step: usize, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): void {
  const sum12 = f32x4.add(m1, m2), difference12 = f32x4.sub(m1, m2);
  const sum34 = f32x4.add(m3, m4), difference34 = f32x4.sub(m3, m4);
  v128.store(out, f32x4.add(m0, f32x4.add(sum12, sum34)));
  v128.store(out + step, multiplyAdd(difference34, f32x4.splat(2), difference12));
  v128.store(out + 2 * step, multiplyAdd(sum34, f32x4.splat(4), sum12));
  v128.store(out + 3 * step, f32x4.add(m5, multiplyAdd(difference34, f32x4.splat(8), difference12)));
}

/**
 * U = G g G^T of every 3x3 kernel g, into panels of 8 output channels; four of them are transformed side by side.
 *
 * @param out 36 planes of [ceil(outChannels / 8), channels, 8]
 * @param weights [outChannels, channels, 3, 3]
 * @param workspace WINOGRAD_PACK_WORKSPACE bytes
 */
export function packWinograd(out: usize, weights: usize, workspace: usize, outChannels: i32, channels: i32): void {
  const paddedChannels = (outChannels + 7) & ~7;
  const plane = <usize>(paddedChannels * channels) * F32;
  const kernelBytes = <usize>(channels * 9) * F32;
  for (let o = 0; o < paddedChannels; o += 4) {
    const lanes = outChannels - o;
    for (let c = 0; c < channels; c++) {
      const g = weights + <usize>o * kernelBytes + <usize>(c * 9) * F32;
      for (let x: usize = 0; x < 3; x++) {
        const column = g + x * F32;
        weightTransform(workspace + x * 16, 48, gather(column, kernelBytes, lanes), gather(column + 12, kernelBytes, lanes), gather(column + 24, kernelBytes, lanes));
      }
      const target = out + <usize>(((o >> 3) * channels + c) * 8 + (o & 7)) * F32;
      for (let y: usize = 0; y < 6; y++) {
        const row = workspace + y * 48;
        weightTransform(target + y * 6 * plane, plane, v128.load(row), v128.load(row, 16), v128.load(row, 32));
      }
    }
  }
}

/** Four floats `step` bytes apart, of which `count` exist; the others are 0. */
// @ts-ignore: decorator
@inline
function gather(pointer: usize, step: usize, count: i32): v128 {
  let v = f32x4.splat(0);
  if (count > 0) v = f32x4.replace_lane(v, 0, load<f32>(pointer));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(pointer + step));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(pointer + 2 * step));
  if (count > 3) v = f32x4.replace_lane(v, 3, load<f32>(pointer + 3 * step));
  return v;
}

/** G times a vector of 3: 6 values, stored with `step` bytes between them. */
// @ts-ignore: decorator
@inline
function weightTransform(out: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  const a = f32x4.mul(f32x4.add(g0, g2), f32x4.splat(<f32>(-1.0 / 6.0)));
  const b = f32x4.mul(g1, f32x4.splat(<f32>(1.0 / 6.0)));
  const c = multiplyAdd(g0, f32x4.splat(<f32>(1.0 / 24.0)), f32x4.mul(g2, f32x4.splat(<f32>(1.0 / 6.0))));
  const d = f32x4.mul(g1, f32x4.splat(<f32>(1.0 / 12.0)));
  v128.store(out, f32x4.mul(g0, f32x4.splat(0.25)));
  v128.store(out + step, f32x4.sub(a, b));
  v128.store(out + 2 * step, f32x4.add(a, b));
  v128.store(out + 3 * step, f32x4.add(c, d));
  v128.store(out + 4 * step, f32x4.sub(c, d));
  v128.store(out + 5 * step, g2);
}
