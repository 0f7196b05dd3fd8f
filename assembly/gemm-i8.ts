/**
 * The convolution of gemm-f32.ts on quantised numbers: activations 0 to 127 (7 bits, with a zero point), weights -127 to
 * 127, sums in i32, results in f32.
 *
 * Numbers come in groups of 4 bytes, one per lane of a dot product: with relaxed SIMD 4 input channels of 8 bits, else 2
 * of 16 bits. All else is the same, and so are the sums.
 *
 *   weights   panels of 8 output channels, each  tap 0: | group 0: o0 o1 .. o7 | group 1: o0 o1 .. o7 | ...  tap 1: ...
 *   input     pixels of `groups` groups; channels that don't exist have weights of 0
 */
import { F32, PANEL_CHANNELS, POINTER, TILE_PIXELS } from './border';
import { fillPointers, finish } from './gemm-f32';
import { clamp } from './simd';

const GROUP_BYTES: usize = 4;

/** Input channels in a group. */
// @ts-ignore: decorator
@inline
function groupChannels(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 4 : 2;
}

// @ts-ignore: decorator
@inline
function storeQuantized(pointer: usize, value: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) store<i8>(pointer, <i8>value);
  else store<i16>(pointer, <i16>value);
}

/** sum + the dot product of each lane's group. */
// @ts-ignore: decorator
@inline
function dotAdd(weights: v128, values: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, values, sum);
  return i32x4.add(sum, i32x4.dot_i16x8_s(weights, values));
}

/** Bytes of a pixel, or of a tap's weights of one output channel. */
export function quantizedBytes(channels: i32): i32 {
  return <i32>GROUP_BYTES * ((channels + groupChannels() - 1) / groupChannels());
}

/**
 * out[p, c] = in[p, c] * inverseScale + zeroPoint, rounded, 0 to 127
 *
 * @param out [pixels, groups]
 * @param input [pixels, channels], `inStride` floats from pixel to pixel; up to 15 floats behind it are read, not used
 * @param begin, end pixels
 */
export function quantize(out: usize, input: usize, inStride: i32, channels: i32, inverseScale: f32, zeroPoint: f32, begin: i32, end: i32): void {
  const pixelBytes = <usize>quantizedBytes(channels);
  const scale = f32x4.splat(inverseScale), zero = f32x4.splat(zeroPoint);
  const perStore = 4 * groupChannels();
  let target = out + <usize>begin * pixelBytes;
  for (let p = begin; p < end; p++) {
    let source = input + <usize>(p * inStride) * F32;
    const stop = target + pixelBytes;
    while (target < stop) {
      let values = i16x8.narrow_i32x4_s(round(source, scale, zero), round(source + 16, scale, zero));
      if (ASC_FEATURE_RELAXED_SIMD) {
        values = i8x16.narrow_i16x8_u(values, i16x8.narrow_i32x4_s(round(source + 32, scale, zero), round(source + 48, scale, zero)));
      }
      storeGroups(target, values, <i32>((stop - target) / GROUP_BYTES));
      source += <usize>perStore * F32;
      target += 16;
    }
    target = stop;
  }
}

/** Stores the first `count` (at least 1) of 4 groups. */
// @ts-ignore: decorator
@inline
function storeGroups(pointer: usize, values: v128, count: i32): void {
  if (count >= 4) {
    v128.store(pointer, values);
  } else {
    v128.store32_lane(pointer, values, 0);
    if (count > 1) v128.store32_lane(pointer, values, 1, 4);
    if (count > 2) v128.store32_lane(pointer, values, 2, 8);
  }
}

// @ts-ignore: decorator
@inline
function round(source: usize, scale: v128, zero: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(clamp(f32x4.add(f32x4.mul(v128.load(source), scale), zero), 0, 127)));
}

/**
 * OIHW weights to panels, each output channel divided by its scale and rounded.
 *
 * @param weights [outChannels, channels, taps], as f32
 * @param scales [outChannels]: largest magnitude / 127
 * @param sums [outChannels] f32: each channel's sum of quantised weights, for the zero point
 */
export function packGemmI8(out: usize, sums: usize, weights: usize, scales: usize, outChannels: i32, channels: i32, taps: i32): void {
  const groups = quantizedBytes(channels) / <i32>GROUP_BYTES;
  const perGroup = groupChannels();
  for (let o = 0; o < ((outChannels + 7) & ~7); o++) {
    const inverse: f32 = o < outChannels ? 1 / load<f32>(scales + <usize>o * F32) : 0;
    let sum = 0;
    for (let t = 0; t < taps; t++) {
      for (let c = 0; c < groups * perGroup; c++) {
        let value = 0;
        if (o < outChannels && c < channels) value = <i32>nearest(load<f32>(weights + <usize>((o * channels + c) * taps + t) * F32) * inverse);
        sum += value;
        const group = ((o >> 3) * taps + t) * groups + c / perGroup;
        const size = GROUP_BYTES / <usize>perGroup;
        storeQuantized(out + <usize>(group * PANEL_CHANNELS + (o & 7)) * GROUP_BYTES + <usize>(c % perGroup) * size, value);
      }
    }
    if (o < outChannels) store<f32>(sums + <usize>o * F32, <f32>sum);
  }
}

/**
 * As `convolution` of gemm-f32.ts, of an input that `quantize` made.
 *
 * out[p, o] = activation(bias[o] + residual[p, o] + scales[o] * sum over taps and channels of in * weights)
 *
 * @param weights packed by `packGemmI8`
 * @param scales of the sums: weight scale * input scale; `bias` holds the zero point's part; both have room for whole panels
 * @param zeros a pixel of zero points: what a tap outside the picture reads
 */
export function convolutionI8(
  out: usize, outStride: i32,
  input: usize,
  residual: usize, residualStride: i32,
  weights: usize, scales: usize, bias: usize, zeros: usize, pointers: usize,
  height: i32, width: i32, channels: i32,
  kernel: i32, stride: i32, padding: i32,
  outWidth: i32, outChannels: i32, activation: i32,
  block: i32, begin: i32, end: i32,
): void {
  const taps = kernel * kernel;
  const pixelBytes = <usize>quantizedBytes(channels);
  const panelBytes = <usize>(taps * PANEL_CHANNELS) * pixelBytes;
  const tableBytes = <usize>(taps * TILE_PIXELS * POINTER);
  for (let first = begin; first < end; first += block) {
    const last = min(first + block, end) - 1;
    fillPointers(pointers, input, pixelBytes, zeros, height, width, kernel, stride, padding, outWidth, first, last);
    let panel = weights;
    for (let o = 0; o < outChannels; o += PANEL_CHANNELS) {
      let table = pointers;
      const offset = <usize>o * F32;
      for (let p = first; p <= last; p += TILE_PIXELS) {
        tile(out, outStride, residual, residualStride, panel, scales + offset, bias + offset, table, taps, pixelBytes, o, outChannels, activation, p, last);
        table += tableBytes;
      }
      panel += panelBytes;
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(
  out: usize, outStride: i32, residual: usize, residualStride: i32, w: usize, scales: usize, bias: usize, table: usize,
  taps: i32, pixelBytes: usize, o: i32, outChannels: i32, activation: i32, p: i32, last: i32,
): void {
  let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let t = 0; t < taps; t++) {
    let a0 = <usize>load<u32>(table);
    let a1 = <usize>load<u32>(table, 4);
    let a2 = <usize>load<u32>(table, 8);
    let a3 = <usize>load<u32>(table, 12);
    table += 16;
    const stop = a0 + pixelBytes;
    while (a0 < stop) {
      const b0 = v128.load(w), b1 = v128.load(w, 16);
      const s0 = v128.load32_splat(a0);
      c00 = dotAdd(b0, s0, c00);
      c01 = dotAdd(b1, s0, c01);
      const s1 = v128.load32_splat(a1);
      c10 = dotAdd(b0, s1, c10);
      c11 = dotAdd(b1, s1, c11);
      const s2 = v128.load32_splat(a2);
      c20 = dotAdd(b0, s2, c20);
      c21 = dotAdd(b1, s2, c21);
      const s3 = v128.load32_splat(a3);
      c30 = dotAdd(b0, s3, c30);
      c31 = dotAdd(b1, s3, c31);
      a0 += GROUP_BYTES;
      a1 += GROUP_BYTES;
      a2 += GROUP_BYTES;
      a3 += GROUP_BYTES;
      w += 32;
    }
  }
  const left = outChannels - o;
  const f0 = v128.load(scales), f1 = v128.load(scales, 16);
  const z0 = v128.load(bias), z1 = v128.load(bias, 16);
  finish(
    out, outStride, residual, residualStride, p, last, o, left, activation,
    scaled(c00, f0, z0), scaled(c01, f1, z1), scaled(c10, f0, z0), scaled(c11, f1, z1),
    scaled(c20, f0, z0), scaled(c21, f1, z1), scaled(c30, f0, z0), scaled(c31, f1, z1),
  );
}

// @ts-ignore: decorator
@inline
function scaled(sum: v128, scale: v128, bias: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sum), scale), bias);
}
