/** How each operation becomes kernel calls at inference. */
import { sliding, split } from '../engine/arguments.ts';
import type { Layer } from '../network/graph.ts';
import type { LayerOf, Operation } from '../network/operations.ts';
import { ACTIVATION_CODES } from '../wasm/kernels.ts';
import { draftConvolution, type DraftTensor, type Workshop } from './convolutions.ts';
import type { PackedWeights } from './weights.ts';

interface Scheduled<L extends Layer> {
  /** How it is computed, for reports; by default its name. */
  algorithm?(layer: L, weights: PackedWeights): string;
  /** Drafts its calls. */
  draft(workshop: Workshop, weights: PackedWeights, layer: L, out: DraftTensor, inputs: DraftTensor[]): void;
}

const pool: Scheduled<LayerOf<'maxPool' | 'averagePool'>> = {
  draft({ draft, threads }, _, layer, out, [input]) {
    split(out.height, threads).forEach((rows, thread) => draft.call(layer.op, { out, input, ...sliding(layer, input, out), ...rows }, thread));
  },
};

/** What is there without a call. */
const nothing = { draft() {} };

const OPERATIONS: { [Op in Operation]: Scheduled<LayerOf<Op>> } = {
  input: nothing,

  convolution: {
    algorithm: (layer, { convolutions }) => convolutions.get(layer)!.algorithm,
    draft: (workshop, { convolutions }, layer, out, [input, residual]) => draftConvolution(workshop, layer, convolutions.get(layer)!, { out, input, residual }),
  },

  maxPool: pool,
  averagePool: pool,

  /** One thread's: the layer is small, and its parts depend on one another. */
  squeezeExcite: {
    draft({ draft }, { squeezeExcites }, layer, out, [input]) {
      const { channels, hidden, activation } = layer;
      const scratch = draft.floats(2 * channels + hidden);
      const pixels = input.height * input.width;
      draft.call('squeezeExcite', { out, input, ...squeezeExcites.get(layer)!, scratch, pixels, channels, hidden, activation: ACTIVATION_CODES[activation] });
    },
  },

  /** Its inputs are written into it in the first place. */
  concat: nothing,
};

export const scheduled = (layer: Layer): Scheduled<Layer> => OPERATIONS[layer.op];
