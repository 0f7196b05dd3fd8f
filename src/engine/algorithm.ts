import type { ActivationRanges, Convolution } from '../network/graph.ts';
import { F32, WINOGRAD_PLANES } from '../wasm/kernels/border.ts';

/** How a convolution is computed; one file of assembly/ each. */
export type Algorithm = 'gemm' | 'gemmRows' | 'gemmI8' | 'winograd' | 'depthwise';

/** With fewer input channels, rows of the kernel are read at once: tap by tap costs more (measured: 34 instead of 45 GFLOP/s with three). */
const ROWS_MAX_CHANNELS = 8;

/** With fewer channels on either side, Winograd's transforms cost more than the multiplications that they save. */
const WINOGRAD_MIN_CHANNELS = 24;

/** With more bytes of transformed weights, reading them takes longer than int8's multiplications (measured: 38 MB 2.5 times, 9 MB not). */
const WINOGRAD_MAX_BYTES_BESIDE_INT8 = 16 << 20;

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
  if (layer.depthwise) return 'depthwise';
  if (Object.hasOwn(ranges, layer.name)) return 'gemmI8';
  if (isOfFewChannels(layer)) return 'gemmRows';
  return isWinogradShape && Math.min(layer.channels, layer.inputChannels) >= WINOGRAD_MIN_CHANNELS ? 'winograd' : 'gemm';
}

/** Whether a convolution is faster in int8, where its weights and activations are good enough for that. */
export function gainsFromInt8(layer: Convolution): boolean {
  const algorithm = chooseAlgorithm(layer);
  return algorithm === 'gemm' || (algorithm === 'winograd' && winogradWeightBytes(layer) > WINOGRAD_MAX_BYTES_BESIDE_INT8);
}

export const winogradWeightBytes = ({ channels, inputChannels }: Convolution) => channels * inputChannels * WINOGRAD_PLANES * F32;

/** Of a layer whose weights change with every step: to transform them costs more than it saves. */
export function trainedAlgorithm(layer: Convolution): 'gemm' | 'im2col' | 'depthwise' {
  if (layer.depthwise) return 'depthwise';
  return isOfFewChannels(layer) ? 'im2col' : 'gemm';
}

const isOfFewChannels = ({ kernel, inputChannels }: Convolution) => kernel > 1 && inputChannels < ROWS_MAX_CHANNELS;

/** Whether a convolution is a matrix product of its input's pixels as they lie. */
export const isPointwise = ({ kernel, stride, padding }: Convolution) => kernel === 1 && stride === 1 && padding === 0;
