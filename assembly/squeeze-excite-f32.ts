/** Squeeze-and-excite (Hu et al. 2018): each channel is scaled by a gate computed from the means of all channels. */
import { F32, HARD_SIGMOID } from './border';
import { dot } from './dot-f32';
import { activate, loadLanes, storeLanes } from './simd';

/**
 * out = activation(in * hardSigmoid(excite * relu(squeeze * mean(in) + squeezeBias) + exciteBias))
 *
 * @param out, input [pixels, channels]
 * @param squeeze [hidden, channels]; `excite` [channels, hidden]; biases [hidden] and [channels]
 * @param scratch 2 * channels + hidden floats
 */
export function squeezeExcite(
  out: usize, input: usize,
  squeeze: usize, squeezeBias: usize, excite: usize, exciteBias: usize, scratch: usize,
  pixels: i32, channels: i32, hidden: i32, activation: i32,
): void {
  const pixelBytes = <usize>channels * F32;
  const means = scratch;
  const gates = scratch + pixelBytes;
  const squeezed = gates + pixelBytes;
  const share = f32x4.splat(<f32>1 / <f32>pixels);

  for (let c = 0; c < channels; c += 4) {
    const lanes = channels - c;
    const offset = <usize>c * F32;
    let sum = f32x4.splat(0);
    let source = input + offset;
    for (let p = 0; p < pixels; p++) {
      sum = f32x4.add(sum, loadLanes(source, lanes));
      source += pixelBytes;
    }
    storeLanes(means + offset, f32x4.mul(sum, share), lanes);
  }
  for (let h = 0; h < hidden; h++) {
    const value = load<f32>(squeezeBias + <usize>h * F32) + dot(means, squeeze + <usize>h * pixelBytes, channels);
    store<f32>(squeezed + <usize>h * F32, max<f32>(value, 0));
  }
  for (let c = 0; c < channels; c++) {
    const value = load<f32>(exciteBias + <usize>c * F32) + dot(squeezed, excite + <usize>(c * hidden) * F32, hidden);
    store<f32>(gates + <usize>c * F32, f32x4.extract_lane(activate(f32x4.splat(value), HARD_SIGMOID), 0));
  }
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const offset = <usize>c * F32;
      const v = f32x4.mul(loadLanes(input + offset, lanes), loadLanes(gates + offset, lanes));
      storeLanes(out + offset, activate(v, activation), lanes);
    }
    out += pixelBytes;
    input += pixelBytes;
  }
}
