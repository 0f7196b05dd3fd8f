import type { Convolution } from '../network/graph.ts';

/** How a convolution is computed; one file of assembly/ each. */
export type Algorithm = 'gemm' | 'im2col' | 'winograd' | 'depthwise';

/** With fewer input channels, reading them tap by tap costs more than copying them into columns (measured: bench/kernels.ts). */
const IM2COL_MAX_CHANNELS = 8;

/** With fewer channels on either side, Winograd's transforms cost more than the multiplications that they save. */
const WINOGRAD_MIN_CHANNELS = 24;

export function chooseAlgorithm(layer: Convolution): Algorithm {
  const { kernel, stride, padding, channels, inputChannels, depthwise } = layer;
  if (depthwise) return 'depthwise';
  if (kernel > 1 && inputChannels < IM2COL_MAX_CHANNELS) return 'im2col';
  const isWinogradShape = kernel === 3 && stride === 1 && padding === 1;
  if (isWinogradShape && Math.min(channels, inputChannels) >= WINOGRAD_MIN_CHANNELS) return 'winograd';
  return 'gemm';
}
