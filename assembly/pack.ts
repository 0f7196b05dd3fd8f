/** Weights from PyTorch's order into the order that the kernels read. Done here and not in TypeScript for a quick start. */
import { F32, PANEL_CHANNELS } from './border';

/**
 * OIHW to the panels of `convolution`: [ceil(outChannels / 8), taps, channels, 8], missing output channels 0.
 *
 * @param weights [outChannels, channels, taps]
 */
export function packGemm(out: usize, weights: usize, outChannels: i32, channels: i32, taps: i32): void {
  const perOutput = channels * taps;
  for (let panel = 0; panel < outChannels; panel += PANEL_CHANNELS) {
    const lanes = min(PANEL_CHANNELS, outChannels - panel);
    for (let t = 0; t < taps; t++) {
      for (let c = 0; c < channels; c++) {
        let source = weights + <usize>(panel * perOutput + c * taps + t) * F32;
        for (let lane = 0; lane < PANEL_CHANNELS; lane++) {
          store<f32>(out, lane < lanes ? load<f32>(source) : 0);
          source += <usize>perOutput * F32;
          out += F32;
        }
      }
    }
  }
}

/** out[c, r] = input[r, c]: a depthwise convolution's [channels, taps] to [taps, channels]. */
export function transpose(out: usize, input: usize, rows: i32, columns: i32): void {
  for (let c = 0; c < columns; c++) {
    for (let r = 0; r < rows; r++) {
      store<f32>(out, load<f32>(input + <usize>(r * columns + c) * F32));
      out += F32;
    }
  }
}
