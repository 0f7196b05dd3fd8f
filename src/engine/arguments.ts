/** Arguments that many kernels share, and the sizes behind them. */
import { POINTER, TILE_PIXELS } from '../wasm/kernels/border.ts';

/** Height, width and channels of a tensor in NHWC order. */
export interface Shape {
  height: number;
  width: number;
  channels: number;
}

/** Output pixels for which a panel of weights is used before the next: a tile's inputs stay in L1, the pointer table is small. */
export const GEMM_BLOCK = 64;

/** Bytes of the GEMM kernels' table of pointers. */
export const pointerBytes = (taps: number, block = GEMM_BLOCK) => (block + TILE_PIXELS - 1) * taps * POINTER;

export type Range = { begin: number; end: number };

/** Divides 0 .. total - 1 into at most `parts` ranges whose borders are multiples of `grain`. */
export function split(total: number, parts: number, grain = 1): Range[] {
  const share = Math.ceil(total / grain / parts) * grain;
  const ranges: Range[] = [];
  for (let begin = 0; begin < total; begin += share) ranges.push({ begin, end: Math.min(begin + share, total) });
  return ranges;
}

/** A window that slides over a tensor. */
export function sliding(
  { kernel, stride, padding }: { kernel: number; stride: number; padding: number },
  input: Shape,
  { width: outWidth }: { width: number },
) {
  return { height: input.height, width: input.width, channels: input.channels, kernel, stride, padding, outWidth };
}

/** `convolution` as a matrix product: of [pixels, depth] with the weights of `outChannels`. */
export function product(pixels: number, depth: number, outChannels: number) {
  const rows = { height: 1, width: pixels, channels: depth };
  return { ...sliding({ kernel: 1, stride: 1, padding: 0 }, rows, rows), outChannels, block: GEMM_BLOCK, begin: 0, end: pixels };
}
