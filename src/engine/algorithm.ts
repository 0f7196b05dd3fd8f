import type { ActivationRanges, Convolution } from '../network/graph.ts';

/** How a convolution is computed; one file of assembly/ each. */
export type Algorithm = 'gemm' | 'gemmI8' | 'im2col' | 'winograd' | 'depthwise';

/** With fewer input channels, reading them tap by tap costs more than copying them into columns (measured: 34 instead of 45 GFLOP/s with three). */
const IM2COL_MAX_CHANNELS = 8;

/** With fewer channels on either side, Winograd's transforms cost more than the multiplications that they save. */
const WINOGRAD_MIN_CHANNELS = 24;

/** Addresses of a convolution's packed weights and of its bias, which has room for whole panels of 8 channels. */
export interface PackedConvolution {
  algorithm: Algorithm;
  weights: number;
  bias: number;
  /** Of a layer in int8. */
  quantized?: QuantizedInput;
}

/** How a layer's input becomes whole numbers from 0 to 127: x / scale + zeroPoint. */
export interface QuantizedInput {
  scale: number;
  zeroPoint: number;
  /** Address of what the sums are multiplied by, for each output channel. */
  scales: number;
  /** Address of a pixel of zero points. */
  zeros: number;
}

/** @param ranges of the layers that int8 weights and activations are good enough for */
export function chooseAlgorithm(layer: Convolution, ranges: ActivationRanges = {}): Algorithm {
  const isWinogradShape = layer.kernel === 3 && layer.stride === 1 && layer.padding === 1;
  const algorithm = trainedAlgorithm(layer);
  if (algorithm !== 'depthwise' && Object.hasOwn(ranges, layer.name)) return 'gemmI8';
  return algorithm === 'gemm' && isWinogradShape && Math.min(layer.channels, layer.inputChannels) >= WINOGRAD_MIN_CHANNELS
    ? 'winograd'
    : algorithm;
}

/** Of a layer whose weights change with every step: to transform them costs more than it saves. */
export function trainedAlgorithm({ kernel, inputChannels, depthwise }: Convolution): 'gemm' | 'im2col' | 'depthwise' {
  if (depthwise) return 'depthwise';
  return kernel > 1 && inputChannels < IM2COL_MAX_CHANNELS ? 'im2col' : 'gemm';
}

/** Whether a convolution is a matrix product of its input's pixels as they lie. */
export const isPointwise = ({ kernel, stride, padding }: Convolution) => kernel === 1 && stride === 1 && padding === 0;
