/** Each operation's forward and backward pass in training, side by side. */
import { sliding } from '../engine/arguments.ts';
import type { Layer } from '../network/graph.ts';
import { sizeOf, type LayerOf, type Operation } from '../network/operations.ts';
import { ACTIVATION_CODES, type Place } from '../wasm/kernels.ts';
import { convolution } from './pass-convolution.ts';
import type { Output, Pass, Trained } from './pass.ts';

const OPERATIONS: { [Op in Operation]: Trained<LayerOf<Op>> } = {
  input: { forward: refuse, backward() {} },

  convolution,

  maxPool: {
    forward(pass, layer) {
      const input = pass.outputs.get(layer.input)!;
      return poolMaxima(pass, layer, input);
    },
    backward(pass, layer, id, gradient) {
      poolMaximaBackward(pass, layer, pass.outputs.get(layer.input)!, pass.addableGradient(layer.input), pass.outputs.get(id)!, gradient);
    },
  },

  averagePool: { forward: refuse, backward: refuse },

  squeezeExcite: {
    forward(pass, layer) {
      const input = pass.outputs.get(layer.input)!;
      const { squeeze, excite, hidden, activation } = layer;
      const { height, width, channels } = input;
      const { weights, draft } = pass;
      const state = { height: 1, width: 1, channels: 2 * channels + hidden };
      const output: Output = { height, width, channels, y: pass.tensor(input), kept: pass.tensor(state) };
      const parameters = {
        squeeze: weights.address(`${squeeze}.weight`), squeezeBias: weights.address(`${squeeze}.bias`),
        excite: weights.address(`${excite}.weight`), exciteBias: weights.address(`${excite}.bias`),
      };
      pass.each((_, of) => draft.call('squeezeExcite', {
        out: of(output.y!, output), input: of(input.y!, input), ...parameters, scratch: of(output.kept!, state),
        pixels: height * width, channels, hidden, activation: ACTIVATION_CODES[activation],
      }));
      return output;
    },
    backward(pass, layer, id, gradient) {
      const { squeeze, excite, hidden, activation } = layer;
      const { weights, draft } = pass;
      const output = pass.outputs.get(id)!;
      const { height, width, channels } = output;
      const input = pass.outputs.get(layer.input)!;
      const { place, fresh, addend } = pass.targetGradient(layer.input);
      if (!fresh || addend) throw new Error('squeeze-and-excite must be the only reader of its input');
      const state = { height: 1, width: 1, channels: 2 * channels + hidden };
      const scratch = draft.floats(state.channels);
      pass.each((_, of) => draft.call('squeezeExciteBackward', {
        dx: of(place, input), dSqueeze: pass.gradientAddress(`${squeeze}.weight`), dSqueezeBias: pass.gradientAddress(`${squeeze}.bias`),
        dExcite: pass.gradientAddress(`${excite}.weight`), dExciteBias: pass.gradientAddress(`${excite}.bias`),
        dy: of(gradient, output), x: of(input.y!, input), squeeze: weights.address(`${squeeze}.weight`), excite: weights.address(`${excite}.weight`),
        forward: of(output.kept!, state), scratch, pixels: height * width, channels, hidden, activation: ACTIVATION_CODES[activation],
      }));
    },
  },

  concat: { forward: refuse, backward: refuse },
};

export const trained = (layer: Layer): Trained<Layer> => OPERATIONS[layer.op];

type Window = { kernel: number; stride: number; padding: number };

/** Maxima of windows over an input, and their gradient, which is added to the input's. */
export function poolMaxima(pass: Pass, window: Window, input: Output): Output {
  const output: Output = { ...sizeOf({ op: 'maxPool', input: 0, channels: 0, ...window }, input), channels: input.channels };
  output.y = pass.tensor(output);
  pass.each((_, of) => pass.draft.call('maxPool', { out: of(output.y!, output), input: of(input.y!, input), ...sliding(window, input, output), begin: 0, end: output.height }));
  return output;
}
export function poolMaximaBackward(pass: Pass, window: Window, input: Output, dx: Place, output: Output, dy: Place): void {
  pass.each((_, of) => pass.draft.call('maxPoolBackward', {
    dx: of(dx, input), dy: of(dy, output), x: of(input.y!, input), y: of(output.y!, output), ...sliding(window, input, output), outHeight: output.height,
  }));
}

function refuse(_: Pass, { op }: Layer): never {
  throw new Error(`${op} can't be trained`);
}
