/** The functions that `assembly/train/index.ts` exports, as TypeScript sees them; their arguments are described there. */
import { supportsRelaxedSimd } from '../wasm/features.ts';
import type { KernelBuild } from '../wasm/engine.ts';
import * as base64 from '../wasm/kernels/train.ts';

export type TrainKernelName =
  | 'activationBackward'
  | 'adam'
  | 'add'
  | 'average'
  | 'col2im'
  | 'columnSums'
  | 'convolution'
  | 'copy'
  | 'depthwise'
  | 'depthwiseInputGradient'
  | 'depthwiseWeightGradient'
  | 'fill'
  | 'gather'
  | 'im2col'
  | 'maxPool'
  | 'maxPoolBackward'
  | 'moveTowards'
  | 'normApply'
  | 'normBackward'
  | 'normBackwardFinish'
  | 'normBackwardSums'
  | 'normFinish'
  | 'normSums'
  | 'offsetLoss'
  | 'packInputGradient'
  | 'packRows'
  | 'reverseTaps'
  | 'scoreLoss'
  | 'squareSum'
  | 'squeezeExcite'
  | 'squeezeExciteBackward'
  | 'weightGradient';

export type TrainKernels = Record<TrainKernelName, (...args: number[]) => void>;

/** The compiled kernels of a build; default: relaxed SIMD where the runtime has it. */
export async function compileTrainKernels(build: KernelBuild = supportsRelaxedSimd() ? 'relaxed' : 'simd'): Promise<WebAssembly.Module> {
  const text = build === 'relaxed' ? base64.trainRelaxed : base64.trainSimd;
  return WebAssembly.compile(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}
