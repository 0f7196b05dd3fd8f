/**
 * Weights as the optimiser keeps them, [outChannels, depth] with depth = taps * channels (OHWI), into the orders that
 * the kernels read. Done anew after every step, so a panel's rows are transposed in registers.
 */
import { F32, PANEL_CHANNELS as PANEL } from '../border';

/**
 * out[panel, k, lane] = weights[8 * panel + lane, k]: what `convolution` reads in the forward pass. Panels begin .. end - 1;
 * missing rows are 0.
 *
 * @param out [ceil(rows / 8), depth, 8]
 * @param weights [rows, depth]
 */
export function packRows(out: usize, weights: usize, rows: i32, depth: i32, begin: i32, end: i32): void {
  const rowBytes = <usize>depth * F32;
  out += <usize>begin * PANEL * rowBytes;
  for (let panel = begin; panel < end; panel++) {
    const source = weights + <usize>(panel * PANEL) * rowBytes;
    const lanes = min(PANEL, rows - panel * PANEL);
    let k: usize = 0;
    if (lanes == PANEL) {
      for (; k + 16 <= rowBytes; k += 16) {
        transpose4(out, source + k, rowBytes);
        transpose4(out + 16, source + k + 4 * rowBytes, rowBytes);
        out += 4 * PANEL * F32;
      }
    }
    for (; k < rowBytes; k += F32) {
      for (let lane = 0; lane < PANEL; lane++) {
        store<f32>(out, lane < lanes ? load<f32>(source + <usize>lane * rowBytes + k) : 0);
        out += F32;
      }
    }
  }
}

/** Four rows of four floats to the same in columns, which lie 8 floats apart. */
// @ts-ignore: decorator
@inline
function transpose4(out: usize, source: usize, rowBytes: usize): void {
  const r0 = v128.load(source), r1 = v128.load(source + rowBytes), r2 = v128.load(source + 2 * rowBytes), r3 = v128.load(source + 3 * rowBytes);
  const a = i32x4.shuffle(r0, r1, 0, 4, 1, 5), b = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const c = i32x4.shuffle(r0, r1, 2, 6, 3, 7), d = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(out, i64x2.shuffle(a, b, 0, 2));
  v128.store(out, i64x2.shuffle(a, b, 1, 3), 32);
  v128.store(out, i64x2.shuffle(c, d, 0, 2), 64);
  v128.store(out, i64x2.shuffle(c, d, 1, 3), 96);
}

/**
 * out[panel, o, lane] = weights[o, 8 * panel + lane]: with it `convolution` computes input gradients (of columns, where
 * there are several taps). Panels begin .. end - 1; missing columns are 0.
 *
 * @param out [ceil(depth / 8), rows, 8]
 * @param weights [rows, depth]
 */
export function packInputGradient(out: usize, weights: usize, rows: i32, depth: i32, begin: i32, end: i32): void {
  out += <usize>(begin * rows * PANEL) * F32;
  for (let panel = begin; panel < end; panel++) {
    const lanes = min(PANEL, depth - panel * PANEL);
    let source = weights + <usize>(panel * PANEL) * F32;
    for (let o = 0; o < rows; o++) {
      if (lanes == PANEL) {
        v128.store(out, v128.load(source));
        v128.store(out, v128.load(source, 16), 16);
      } else {
        for (let lane = 0; lane < PANEL; lane++) store<f32>(out + <usize>lane * F32, lane < lanes ? load<f32>(source + <usize>lane * F32) : 0);
      }
      source += <usize>depth * F32;
      out += 32;
    }
  }
}

/** out[t] = weights[taps - 1 - t], rows of `channels`: a depthwise kernel turned by 180 degrees, for the input gradient. */
export function reverseTaps(out: usize, weights: usize, taps: i32, channels: i32): void {
  const bytes = <usize>channels * F32;
  for (let t = 0; t < taps; t++) memory.copy(out + <usize>t * bytes, weights + <usize>(taps - 1 - t) * bytes, bytes);
}
