import { convolution, type ConvolutionShape } from './convolution.ts';

/** Numbers of a group of 4 bytes: 4 of 8 bits in the relaxed build, 2 of 16 bits in the baseline one. */
export type GroupChannels = 2 | 4;

/** Bytes of `channels` numbers in whole groups. */
export function quantizedBytes(channels: number, perGroup: GroupChannels): number {
  return 4 * Math.ceil(channels / perGroup);
}

/**
 * @param input [pixels, channels]
 * @returns [pixels, channels] whole numbers from 0 to 127
 */
export function quantize(input: ArrayLike<number>, inverseScale: number, zeroPoint: number): Float64Array {
  return Float64Array.from(input, (value) => {
    const exact = Math.fround(Math.fround(Math.fround(value) * inverseScale) + zeroPoint);
    const rounded = Math.round(exact);
    const halfToEven = rounded - exact === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
    return Math.min(Math.max(halfToEven, 0), 127);
  });
}

/**
 * Whole numbers as groups, each pixel or tap filled up with zeros.
 *
 * @param values [rows, channels]
 */
export function asGroups(values: ArrayLike<number>, channels: number, perGroup: GroupChannels): Uint8Array {
  const rows = values.length / channels;
  const perRow = Math.ceil(channels / perGroup) * perGroup;
  const numbers = perGroup === 4 ? new Int8Array(rows * perRow) : new Int16Array(rows * perRow);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < channels; c++) numbers[row * perRow + c] = values[row * channels + c];
  }
  return new Uint8Array(numbers.buffer);
}

/**
 * @param weights [outChannels, channels, taps]
 * @param scales [outChannels]
 * @returns panels [ceil(outChannels / 8), taps, groups, 8, group] as bytes, and each output channel's sum
 */
export function packGemmI8(
  weights: ArrayLike<number>,
  scales: ArrayLike<number>,
  outChannels: number,
  channels: number,
  taps: number,
  perGroup: GroupChannels,
) {
  const groups = Math.ceil(channels / perGroup);
  const panels = Math.ceil(outChannels / 8);
  const numbers: number[] = [];
  const sums = new Float64Array(outChannels);
  for (let panel = 0; panel < panels; panel++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let group = 0; group < groups; group++) {
        for (let lane = 0; lane < 8; lane++) {
          for (let i = 0; i < perGroup; i++) {
            const [o, c] = [panel * 8 + lane, group * perGroup + i];
            const exists = o < outChannels && c < channels;
            const value = exists ? Math.round(weights[(o * channels + c) * taps + tap] / scales[o]) : 0;
            if (exists) sums[o] += value;
            numbers.push(value);
          }
        }
      }
    }
  }
  return { packed: asGroups(numbers, numbers.length, perGroup), sums };
}

/**
 * @param input [height, width, channels] and `weights` [outChannels, channels, kernel, kernel]: whole numbers
 * @param scales, bias [outChannels]
 */
export function convolutionI8(
  input: ArrayLike<number>,
  zeroPoint: number,
  weights: ArrayLike<number>,
  scales: ArrayLike<number>,
  bias: ArrayLike<number>,
  residual: ArrayLike<number> | undefined,
  shape: ConvolutionShape,
): Float64Array {
  const perOutput = weights.length / shape.outChannels;
  const scaled = Float64Array.from(weights, (weight, i) => weight * scales[Math.floor(i / perOutput)]);
  // Outside the picture lies the zero point: taking it away everywhere and adding its part to the bias is the same.
  const shifted = Float64Array.from(input, (value) => value - zeroPoint);
  const shiftedBias = Float64Array.from(bias, (value, o) => {
    let sum = 0;
    for (let i = 0; i < perOutput; i++) sum += weights[o * perOutput + i];
    return value + zeroPoint * sum * scales[o];
  });
  return convolution(shifted, scaled, shiftedBias, residual, shape);
}
