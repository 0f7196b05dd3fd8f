/** What moves channels: concatenation, and the concatenated ReLU. */
import { F32 } from './border';
import { loadLanes, storeLanes } from './simd';

/**
 * out[p, c] = input[p, c]
 *
 * @param out, input [pixels, channels], `outStride` and `inStride` floats from pixel to pixel
 */
export function copyChannels(out: usize, outStride: i32, input: usize, inStride: i32, pixels: i32, channels: i32): void {
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c += 4) {
      const offset = <usize>c * F32;
      storeLanes(out + offset, loadLanes(input + offset, channels - c), channels - c);
    }
    out += <usize>outStride * F32;
    input += <usize>inStride * F32;
  }
}

/**
 * Concatenated ReLU (Shang et al. 2016): out[p] = | relu(in[p]) | relu(-in[p]) |
 *
 * @param out [pixels, 2 * channels]
 * @param input [pixels, channels]
 */
export function crelu(out: usize, input: usize, pixels: i32, channels: i32): void {
  const row = <usize>channels * F32;
  const zero = f32x4.splat(0);
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const offset = <usize>c * F32;
      const v = loadLanes(input + offset, lanes);
      storeLanes(out + offset, f32x4.pmax(zero, v), lanes);
      storeLanes(out + row + offset, f32x4.pmax(zero, f32x4.neg(v)), lanes);
    }
    out += 2 * row;
    input += row;
  }
}
