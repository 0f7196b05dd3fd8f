/** The engine with the kernels of training. Its memory is shared, also where it has one thread. */
import { Engine, type EngineOptions } from '../engine/engine.ts';
import { fromBase64 } from '../wasm/base64.ts';
import * as signatures from '../wasm/kernels/train-signatures.ts';
import * as inlined from '../wasm/kernels/train.ts';

export type { Kernels } from '../wasm/kernels/train-signatures.ts';
export type TrainEngine = Engine<signatures.Kernels, signatures.Functions>;

export function createTrainEngine(options?: EngineOptions): Promise<TrainEngine> {
  const builds = {
    get simdThreads() {
      return fromBase64(inlined.trainSimd);
    },
    get relaxedThreads() {
      return fromBase64(inlined.trainRelaxed);
    },
  };
  return Engine.of(signatures, builds, options);
}
