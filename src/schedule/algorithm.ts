import type { Convolution } from '../network/graph.ts';

/** How a convolution is computed; one file of assembly/ each. */
export type Algorithm = 'gemm' | 'gemmI8' | 'im2col' | 'winograd' | 'depthwise';

/** Least and largest input of layers, by the layers' names: what is needed to compute them in int8. */
export type ActivationRanges = Record<string, [number, number]>;

/** With fewer input channels, reading them tap by tap costs more than copying them into columns (measured: 34 instead of 45 GFLOP/s with three). */
const IM2COL_MAX_CHANNELS = 8;

/** With fewer channels on either side, Winograd's transforms cost more than the multiplications that they save. */
const WINOGRAD_MIN_CHANNELS = 24;

/** @param ranges of the layers that int8 weights and activations are good enough for */
export function chooseAlgorithm(layer: Convolution, ranges: ActivationRanges = {}): Algorithm {
  const { kernel, stride, padding, channels, inputChannels, depthwise } = layer;
  if (depthwise) return 'depthwise';
  if (Object.hasOwn(ranges, layer.name)) return 'gemmI8';
  if (kernel > 1 && inputChannels < IM2COL_MAX_CHANNELS) return 'im2col';
  const isWinogradShape = kernel === 3 && stride === 1 && padding === 1;
  if (isWinogradShape && Math.min(channels, inputChannels) >= WINOGRAD_MIN_CHANNELS) return 'winograd';
  return 'gemm';
}
