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
  squeeze: ArrayLike<number>, squeezeBias: ArrayLike<number>, excite: ArrayLike<number>, exciteBias: ArrayLike<number>,
  { pixels, channels, activation }: { pixels: number; channels: number; activation: Activation },
): Float64Array {
  const means = new Float64Array(channels);
  for (let i = 0; i < pixels * channels; i++) means[i % channels] += input[i] / pixels;
  const hidden = linear(squeeze, squeezeBias, means).map((x) => activate(x, 'relu'));
  const gates = linear(excite, exciteBias, hidden).map((x) => activate(x, 'hardSigmoid'));
  return Float64Array.from({ length: pixels * channels }, (_, i) => activate(input[i] * gates[i % channels], activation));
}
