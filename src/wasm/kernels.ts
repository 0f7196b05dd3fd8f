/** The functions that `assembly/index.ts` exports, as TypeScript sees them; their arguments are described there. */
import type { Activation } from '../network/graph.ts';

export type KernelName =
  | 'argMax'
  | 'averagePool'
  | 'convolution'
  | 'convolutionI8'
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
