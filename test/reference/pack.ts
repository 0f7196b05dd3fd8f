/**
 * @param weights [outChannels, channels, taps]
 * @returns [ceil(outChannels / 8), taps, channels, 8], missing output channels 0
 */
export function packGemm(weights: ArrayLike<number>, outChannels: number, channels: number, taps: number): Float64Array {
  const panels = Math.ceil(outChannels / 8);
  const out = new Float64Array(panels * taps * channels * 8);
  for (let o = 0; o < outChannels; o++) {
    for (let c = 0; c < channels; c++) {
      for (let t = 0; t < taps; t++) {
        out[(((o >> 3) * taps + t) * channels + c) * 8 + (o & 7)] = weights[(o * channels + c) * taps + t];
      }
    }
  }
  return out;
}

/** [rows, columns] to [columns, rows]. */
export function transpose(input: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out[c * rows + r] = input[r * columns + c];
  }
  return out;
}

/** G of F(4x4, 3x3) (Lavin, Gray 2016, section 4.2). */
const G = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];

/**
 * @param weights [outChannels, channels, 3, 3]
 * @returns G g G^T of each 3x3 kernel g: 36 planes of [ceil(outChannels / 8), channels, 8], missing output channels 0
 */
export function packWinograd(weights: ArrayLike<number>, outChannels: number, channels: number): Float64Array {
  const plane = Math.ceil(outChannels / 8) * channels * 8;
  const out = new Float64Array(36 * plane);
  for (let o = 0; o < outChannels; o++) {
    for (let c = 0; c < channels; c++) {
      const place = ((o >> 3) * channels + c) * 8 + (o & 7);
      for (let i = 0; i < 36; i++) {
        let sum = 0;
        for (let y = 0; y < 3; y++) {
          for (let x = 0; x < 3; x++) sum += G[Math.floor(i / 6)][y] * weights[(o * channels + c) * 9 + y * 3 + x] * G[i % 6][x];
        }
        out[i * plane + place] = sum;
      }
    }
  }
  return out;
}

/** What `bytes` are once `count` of them have moved from one place to another. */
export function copy(bytes: Uint8Array, to: number, from: number, count: number): Uint8Array {
  const out = bytes.slice();
  for (let i = 0; i < count; i++) out[to + i] = bytes[from + i];
  return out;
}
