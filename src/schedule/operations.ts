/** How each operation becomes kernel calls at inference. */
import { sliding, split } from '../engine/arguments.ts';
import { after } from '../engine/draft.ts';
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
    split(out.height, threads).forEach((rows, thread) =>
      draft.call(layer.op, { out, input, ...sliding(layer, input, out), ...rows }, thread),
    );
  },
};

const OPERATIONS: { [Op in Operation]: Scheduled<LayerOf<Op>> } = {
  input: { draft() {} },

  convolution: {
    algorithm: (layer, { convolutions }) => convolutions.get(layer)!.algorithm,
    draft: (workshop, { convolutions }, layer, out, [input, residual]) =>
      draftConvolution(workshop, layer, convolutions.get(layer)!, { out, input, residual }),
  },

  maxPool: pool,
  averagePool: pool,

  /** One thread's: the layer is small, and its parts depend on one another. */
  squeezeExcite: {
    draft({ draft }, { squeezeExcites }, layer, out, [input]) {
      const { channels, hidden, activation } = layer;
      const scratch = draft.floats(2 * channels + hidden);
      const pixels = input.height * input.width;
      draft.call('squeezeExcite', {
        out,
        input,
        ...squeezeExcites.get(layer)!,
        scratch,
        pixels,
        channels,
        hidden,
        activation: ACTIVATION_CODES[activation],
      });
    },
  },

  /** Inputs that could not be written into it in the first place. */
  concat: {
    draft({ draft, threads }, _, __, out, inputs) {
      let channel = 0;
      for (const input of inputs) {
        const begin = channel;
        channel += input.channels;
        if (input.block === out.block) continue;
        split(out.height * out.width, threads).forEach((part, thread) =>
          draft.call(
            'copyChannels',
            {
              out: after(out, part.begin * out.stride + begin),
              outStride: out.stride,
              input: after(input, part.begin * input.stride),
              inStride: input.stride,
              pixels: part.end - part.begin,
              channels: input.channels,
            },
            thread,
          ),
        );
      }
    },
  },

  crelu: {
    draft({ draft, threads }, _, __, out, [input]) {
      split(out.height * out.width, threads).forEach(({ begin, end }, thread) => {
        draft.call(
          'crelu',
          { out: after(out, begin * out.stride), input: after(input, begin * input.stride), pixels: end - begin, channels: input.channels },
          thread,
        );
      });
    },
  },
};

export const scheduled = (layer: Layer): Scheduled<Layer> => OPERATIONS[layer.op];
