/** The functions that `assembly/index.ts` exports, as TypeScript sees them; their arguments are described there. */
import type { Activation } from '../network/graph.ts';

export type KernelName =
  | 'argMax'
  | 'averagePool'
  | 'convolution'
  | 'convolutionI8'
  | 'copy'
  | 'cropResize'
  | 'depthwise'
  | 'im2col'
  | 'maxPool'
  | 'packGemm'
  | 'packGemmI8'
  | 'packWinograd'
  | 'quantize'
  | 'sparseHead'
  | 'squeezeExcite'
  | 'transpose'
  | 'winograd';

export type Kernels = Record<KernelName, (...args: number[]) => void> & {
  quantizedBytes(channels: number): number;
  memory: WebAssembly.Memory;
};

/** Codes of `activation` arguments; assembly/simd.ts has the same numbers. */
export const ACTIVATION_CODES: Record<Activation, number> = { none: 0, relu: 1, relu6: 2, hardSwish: 3, hardSigmoid: 4 };

/** Bytes of an f32. */
export const F32 = 4;

/** Output pixels and channels of the GEMM kernels' register tile; weights are packed in panels of that many channels. */
export const TILE_PIXELS = 4;
export const PANEL_CHANNELS = 8;

/** Planes of a transformed tile in Winograd's F(4x4, 3x3). */
export const WINOGRAD_PLANES = 36;

/** One kernel call. */
export interface Call {
  kernel: KernelName;
  args: number[];
}

/** What computes one layer: for each thread its calls, which need nothing of another thread's within the step. */
export interface Step {
  /** The layer's parameter name, or its operation; of two layers in one step the first one's. */
  layer: string;
  algorithm: string;
  calls: Call[][];
  /** Multiplications and additions of the layer as a direct convolution, whatever the algorithm. */
  flops: number;
}

declare global {
  // Node's types lack these names, which our declarations mention. Where they exist, empty interfaces add nothing.
  namespace WebAssembly {
    interface Module {}
    interface Memory {}
  }
}
