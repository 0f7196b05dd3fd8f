import type { Activation } from '../../src/network/graph.ts';

/** A picture [height, width, channels] and the window that slides over it; beyond the edges lies `padding`. */
export interface Sliding {
  height: number;
  width: number;
  channels: number;
  kernel: number;
  stride: number;
  padding: number;
}

/** Rows and columns of places where the window fits. */
export function outputSize({ height, width, kernel, stride, padding }: Sliding): [outHeight: number, outWidth: number] {
  const places = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return [places(height), places(width)];
}

export function activate(x: number, activation: Activation): number {
  const hardSigmoid = Math.min(Math.max(x + 3, 0), 6) / 6;
  switch (activation) {
    case 'none':
      return x;
    case 'relu':
      return Math.max(x, 0);
    case 'relu6':
      return Math.min(Math.max(x, 0), 6);
    case 'hardSwish':
      return x * hardSigmoid;
    case 'hardSigmoid':
      return hardSigmoid;
  }
}

export interface ConvolutionShape extends Sliding {
  outChannels: number;
  activation: Activation;
}

/**
 * @param input [height, width, channels]
 * @param weights [outChannels, channels, kernel, kernel]; `bias` [outChannels]
 * @param residual as the result, added before the activation
 * @returns [outHeight, outWidth, outChannels]
 */
export function convolution(
  input: ArrayLike<number>,
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  residual: ArrayLike<number> | undefined,
  shape: ConvolutionShape,
): Float64Array {
  const { channels, kernel, outChannels, activation } = shape;
  const [outHeight, outWidth] = outputSize(shape);
  const out = new Float64Array(outHeight * outWidth * outChannels);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let o = 0; o < outChannels; o++) {
        const index = (y * outWidth + x) * outChannels + o;
        let sum = bias[o] + (residual ? residual[index] : 0);
        for (const { pixel, tap } of tapsInside(shape, y, x)) {
          for (let c = 0; c < channels; c++) {
            sum += input[pixel * channels + c] * weights[(o * channels + c) * kernel * kernel + tap];
          }
        }
        out[index] = activate(sum, activation);
      }
    }
  }
  return out;
}

/** Another way to the numbers of a convolution with kernel 3, stride 1, padding 1. */
export function winograd(
  input: ArrayLike<number>,
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  residual: ArrayLike<number> | undefined,
  shape: Omit<ConvolutionShape, 'kernel' | 'stride' | 'padding'>,
): Float64Array {
  return convolution(input, weights, bias, residual, { ...shape, kernel: 3, stride: 1, padding: 1 });
}

/**
 * @param input [height, width, channels]
 * @param weights [channels, kernel, kernel]; `bias` [channels]
 * @returns [outHeight, outWidth, channels]
 */
export function depthwise(
  input: ArrayLike<number>,
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  shape: Sliding & { activation: Activation },
): Float64Array {
  const { channels, kernel, activation } = shape;
  const [outHeight, outWidth] = outputSize(shape);
  const out = new Float64Array(outHeight * outWidth * channels);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = bias[c];
        for (const { pixel, tap } of tapsInside(shape, y, x)) sum += input[pixel * channels + c] * weights[c * kernel * kernel + tap];
        out[(y * outWidth + x) * channels + c] = activate(sum, activation);
      }
    }
  }
  return out;
}

/**
 * @param input [height, width, channels]
 * @returns columns [outHeight * outWidth, kernel * kernel, channels]
 */
export function im2col(input: ArrayLike<number>, shape: Sliding): Float64Array {
  const { channels, kernel } = shape;
  const [outHeight, outWidth] = outputSize(shape);
  const columns = new Float64Array(outHeight * outWidth * kernel * kernel * channels);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      for (const { pixel, tap } of tapsInside(shape, y, x)) {
        for (let c = 0; c < channels; c++) {
          columns[((y * outWidth + x) * kernel * kernel + tap) * channels + c] = input[pixel * channels + c];
        }
      }
    }
  }
  return columns;
}

/** The taps of the window at (y, x) that lie inside the picture, and the pixel under each. */
export function tapsInside({ height, width, kernel, stride, padding }: Sliding, y: number, x: number): { pixel: number; tap: number }[] {
  const taps = [];
  for (let ky = 0; ky < kernel; ky++) {
    for (let kx = 0; kx < kernel; kx++) {
      const inY = y * stride + ky - padding;
      const inX = x * stride + kx - padding;
      if (inY >= 0 && inY < height && inX >= 0 && inX < width) taps.push({ pixel: inY * width + inX, tap: ky * kernel + kx });
    }
  }
  return taps;
}
