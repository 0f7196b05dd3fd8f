/** Each operation's forward and backward pass in training, side by side. */
import { sliding } from '../engine/arguments.ts';
import { after } from '../engine/draft.ts';
import type { Layer } from '../network/graph.ts';
import { windowed, type LayerOf, type Operation, type Window } from '../network/operations.ts';
import { ACTIVATION_CODES, type Place } from '../wasm/kernels.ts';
import { convolution } from './pass-convolution.ts';
import type { Output, Pass, Trained } from './pass.ts';

const OPERATIONS: { [Op in Operation]: Trained<LayerOf<Op>> } = {
  input: {
    forward() {
      throw new Error('a network has one input');
    },
    backward() {},
  },

  convolution,

  maxPool: {
    forward: (pass, layer) => pool(pass, 'maxPool', layer, pass.outputs.get(layer.input)!),
    backward(pass, layer, id, gradient) {
      if (pass.needsGradient(layer.input))
        maxPoolBackward(pass, layer, pass.outputs.get(layer.input)!, pass.addableGradient(layer.input), pass.outputs.get(id)!, gradient);
    },
  },

  averagePool: {
    forward: (pass, layer) => pool(pass, 'averagePool', layer, pass.outputs.get(layer.input)!),
    backward(pass, layer, id, gradient) {
      if (!pass.needsGradient(layer.input)) return;
      const [input, output] = [pass.outputs.get(layer.input)!, pass.outputs.get(id)!];
      const target = pass.addableGradient(layer.input);
      pass.each((_, of) =>
        pass.draft.call('averagePoolBackward', {
          dx: of(target, input),
          dy: of(gradient, output),
          ...sliding(layer, input, output),
          outHeight: output.height,
        }),
      );
    },
  },

  squeezeExcite: {
    forward(pass, layer) {
      const input = pass.outputs.get(layer.input)!;
      const { squeeze, excite, hidden, activation } = layer;
      const { height, width, channels } = input;
      const { weights, draft } = pass;
      const state = { height: 1, width: 1, channels: 2 * channels + hidden };
      const output: Output = { height, width, channels, y: pass.tensor(input), kept: pass.tensor(state) };
      const parameters = {
        squeeze: weights.address(`${squeeze}.weight`),
        squeezeBias: weights.address(`${squeeze}.bias`),
        excite: weights.address(`${excite}.weight`),
        exciteBias: weights.address(`${excite}.bias`),
      };
      pass.each((_, of) =>
        draft.call('squeezeExcite', {
          out: of(output.y!, output),
          input: of(input.y!, input),
          ...parameters,
          scratch: of(output.kept!, state),
          pixels: height * width,
          channels,
          hidden,
          activation: ACTIVATION_CODES[activation],
        }),
      );
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
      pass.each((_, of) =>
        draft.call('squeezeExciteBackward', {
          dx: of(place, input),
          dSqueeze: pass.gradientAddress(`${squeeze}.weight`),
          dSqueezeBias: pass.gradientAddress(`${squeeze}.bias`),
          dExcite: pass.gradientAddress(`${excite}.weight`),
          dExciteBias: pass.gradientAddress(`${excite}.bias`),
          dy: of(gradient, output),
          x: of(input.y!, input),
          squeeze: weights.address(`${squeeze}.weight`),
          excite: weights.address(`${excite}.weight`),
          forward: of(output.kept!, state),
          scratch,
          pixels: height * width,
          channels,
          hidden,
          activation: ACTIVATION_CODES[activation],
        }),
      );
    },
  },

  concat: {
    forward(pass, { inputs, channels: outStride }) {
      const { height, width } = pass.outputs.get(inputs[0])!;
      const output: Output = { height, width, channels: outStride };
      const out = (output.y = pass.tensor(output));
      inputs.reduce((channel, input) => {
        const { channels, y } = pass.outputs.get(input)!;
        pass.draft.call('copyChannels', {
          out: after(out, channel),
          outStride,
          input: y!,
          inStride: channels,
          pixels: pass.pixels(output),
          channels,
        });
        return channel + channels;
      }, 0);
      return output;
    },
    backward(pass, { inputs, channels: inStride }, id, gradient) {
      inputs.reduce((channel, input) => {
        const { channels } = pass.outputs.get(input)!;
        if (pass.needsGradient(input)) {
          const out = pass.addableGradient(input);
          pass.draft.call('addChannels', {
            out,
            outStride: channels,
            input: after(gradient, channel),
            inStride,
            pixels: pass.pixels(pass.outputs.get(id)!),
            channels,
          });
        }
        return channel + channels;
      }, 0);
    },
  },

  crelu: {
    forward(pass, layer) {
      const input = pass.outputs.get(layer.input)!;
      const output: Output = { height: input.height, width: input.width, channels: layer.channels };
      output.y = pass.tensor(output);
      pass.draft.call('crelu', { out: output.y, input: input.y!, pixels: pass.pixels(input), channels: input.channels });
      return output;
    },
    backward(pass, layer, _, gradient) {
      if (!pass.needsGradient(layer.input)) return;
      const input = pass.outputs.get(layer.input)!;
      pass.draft.call('creluBackward', {
        dx: pass.addableGradient(layer.input),
        dy: gradient,
        x: input.y!,
        pixels: pass.pixels(input),
        channels: input.channels,
      });
    },
  },
};

export const trained = (layer: Layer): Trained<Layer> => OPERATIONS[layer.op];

export function pool(pass: Pass, op: 'maxPool' | 'averagePool', window: Window, input: Output): Output {
  const output: Output = { ...windowed(window, input), channels: input.channels };
  output.y = pass.tensor(output);
  pass.each((_, of) =>
    pass.draft.call(op, {
      out: of(output.y!, output),
      input: of(input.y!, input),
      ...sliding(window, input, output),
      begin: 0,
      end: output.height,
    }),
  );
  return output;
}

/** Adds to the input's gradient. */
export function maxPoolBackward(pass: Pass, window: Window, input: Output, dx: Place, output: Output, dy: Place): void {
  pass.each((_, of) =>
    pass.draft.call('maxPoolBackward', {
      dx: of(dx, input),
      dy: of(dy, output),
      x: of(input.y!, input),
      y: of(output.y!, output),
      ...sliding(window, input, output),
      outHeight: output.height,
    }),
  );
}
