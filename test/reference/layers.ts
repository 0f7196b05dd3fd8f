import type { Activation } from '../../src/network/graph.ts';
import { activate, outputSize, tapsInside, type Sliding } from './convolution.ts';

/** [height, width, channels] to [outHeight, outWidth, channels]; padding never wins. */
export function maxPool(input: ArrayLike<number>, shape: Sliding): Float64Array {
  return pool(input, shape, (values) => Math.max(...values));
}

/** [height, width, channels] to [outHeight, outWidth, channels]; padding counts as zeros. */
export function averagePool(input: ArrayLike<number>, shape: Sliding): Float64Array {
  return pool(input, shape, (values) => values.reduce((sum, value) => sum + value, 0) / shape.kernel ** 2);
}

function pool(input: ArrayLike<number>, shape: Sliding, reduce: (inside: number[]) => number): Float64Array {
  const { channels } = shape;
  const [outHeight, outWidth] = outputSize(shape);
  const out = new Float64Array(outHeight * outWidth * channels);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const taps = tapsInside(shape, y, x);
      for (let c = 0; c < channels; c++) {
        out[(y * outWidth + x) * channels + c] = reduce(taps.map(({ pixel }) => input[pixel * channels + c]));
      }
    }
  }
  return out;
}

/** [rows, columns] times [columns], plus bias [rows]. */
export function linear(weights: ArrayLike<number>, bias: ArrayLike<number>, vector: ArrayLike<number>): Float64Array {
  const dot = (row: number) => {
    let sum = bias[row];
    for (let i = 0; i < vector.length; i++) sum += weights[row * vector.length + i] * vector[i];
    return sum;
  };
  return Float64Array.from(bias, (_, row) => dot(row));
}

/**
 * @param input [pixels, channels]
 * @param squeeze [hidden, channels]; `excite` [channels, hidden]; biases [hidden] and [channels]
 * @returns [pixels, channels]
 */
export function squeezeExcite(
  input: ArrayLike<number>,
  squeeze: ArrayLike<number>,
  squeezeBias: ArrayLike<number>,
  excite: ArrayLike<number>,
  exciteBias: ArrayLike<number>,
  { pixels, channels, activation }: { pixels: number; channels: number; activation: Activation },
): Float64Array {
  const means = new Float64Array(channels);
  for (let i = 0; i < pixels * channels; i++) means[i % channels] += input[i] / pixels;
  const hidden = linear(squeeze, squeezeBias, means).map((x) => activate(x, 'relu'));
  const gates = linear(excite, exciteBias, hidden).map((x) => activate(x, 'hardSigmoid'));
  return Float64Array.from({ length: pixels * channels }, (_, i) => activate(input[i] * gates[i % channels], activation));
}

/**
 * @param out, input pixels of `outStride` and `inStride` numbers
 * @returns `out` with the first `channels` numbers of each of the input's pixels
 */
export function copyChannels(
  out: ArrayLike<number>,
  outStride: number,
  input: ArrayLike<number>,
  inStride: number,
  pixels: number,
  channels: number,
): Float64Array {
  const result = Float64Array.from(out);
  for (let p = 0; p < pixels; p++) for (let c = 0; c < channels; c++) result[p * outStride + c] = input[p * inStride + c];
  return result;
}

/** [pixels, channels] to [pixels, 2 * channels]: what is above 0, then what is below, both positive. */
export function crelu(input: ArrayLike<number>, pixels: number, channels: number): Float64Array {
  return Float64Array.from({ length: 2 * pixels * channels }, (_, i) => {
    const [p, c] = [Math.floor(i / channels / 2), i % (2 * channels)];
    return activate(c < channels ? input[p * channels + c] : -input[p * channels + c - channels], 'relu');
  });
}
