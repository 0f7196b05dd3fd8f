/** Whole networks forward and backward, with concatenations and several outputs, against slow twins and finite differences. */
import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { NetworkBuilder, type Activation, type LayerId, type Network } from '../../src/network/graph.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { initialise } from '../../src/step/initialise.ts';
import { createTrainEngine } from '../../src/step/kernels.ts';
import { NetworkWeights } from '../../src/step/network-weights.ts';
import { Layout } from '../../src/step/parameters.ts';
import { planStep, type Objective } from '../../src/step/plan.ts';
import { F32 } from '../../src/wasm/kernels/border.ts';
import { mulberry32, uniform } from '../reference/random.ts';
import { forward, type Value } from '../reference/network.ts';
import { BUILDS, dot, expectClose } from './kernels.ts';

const [SIZE, SAMPLES] = [17, 2];
const TOLERANCE = 2e-4;

type Block = (
  x: LayerId,
  name: string,
  channels: number,
  kernel?: number,
  stride?: number,
  more?: { depthwise?: boolean; residual?: LayerId; activation?: Activation },
) => LayerId;

/** A network whose convolutions have a batch norm and a ReLU, unless told otherwise. */
function build(make: (net: NetworkBuilder, block: Block, image: LayerId) => Record<string, LayerId>): Network {
  const net = new NetworkBuilder();
  const block: Block = (x, name, channels, kernel = 1, stride = 1, more = {}) =>
    net.convolution(x, name, channels, { norm: `${name}_bn`, kernel, stride, activation: 'relu', ...more });
  const outputs = make(net, block, net.input(3));
  return { layers: net.layers, outputs };
}

const NETWORKS: Record<string, Network> = {
  'CReLU, pools, inception, detection maps at two strides': build((net, block, image) => {
    let x = net.crelu(block(image, 'conv1', 8, 5, 2, { activation: 'none' }));
    x = net.pool('maxPool', x, 3, 2);
    const branches = [block(x, 'b1', 8), block(net.pool('averagePool', x, 3, 1), 'b2', 4), block(block(x, 'b3', 8), 'b3b', 12, 3)];
    x = net.concat(branches);
    const deep = block(x, 'deep', 16, 3, 2);
    const head = (source: LayerId, name: string, channels: number) => net.convolution(source, name, channels, { kernel: 3 });
    return { loc0: head(x, 'loc0', 6), conf0: head(x, 'conf0', 3), loc1: head(deep, 'loc1', 4), conf1: head(deep, 'conf1', 2) };
  }),
  'separable in all kernels and strides, heads on what others read': build((net, block, image) => {
    const stem = block(image, 'stem', 8, 3, 1);
    const separable = (x: LayerId, name: string, kernel: number, stride: number, activation: Activation = 'relu6') =>
      block(block(x, `${name}_dw`, net.channels(x), kernel, stride, { depthwise: true, activation }), `${name}_pw`, 8, 1, 1, {
        activation,
      });
    const a = separable(stem, 'a', 3, 2);
    const b = separable(a, 'b', 5, 1, 'hardSwish');
    const joined = block(b, 'joined', 8, 1, 1, { residual: a });
    const c = separable(joined, 'c', 5, 2);
    const d = separable(c, 'd', 3, 1);
    const score = net.convolution(net.convolution(joined, 'hidden', 8, { activation: 'relu' }), 'score', 1);
    return { score, joined, box: net.convolution(d, 'box', 4), deep: net.concat([c, d, c]) };
  }),
  'squeeze-and-excite, a concatenation of a concatenation, depthwise heads': build((net, block, image) => {
    const stem = block(image, 'stem', 8, 3, 2);
    const wide = block(stem, 'wide', 16, 3, 1, { depthwise: false, activation: 'none' });
    const gated = net.squeezeExcite(wide, 'fc.0', 'fc.2', 4, 'hardSwish');
    const inner = net.concat([gated, stem]);
    const outer = net.concat([inner, net.pool('maxPool', stem, 5, 1), net.crelu(stem)]);
    return {
      a: net.convolution(outer, 'a', 48, { kernel: 3, depthwise: true, activation: 'relu6' }),
      b: net.convolution(inner, 'b', 5, { stride: 2 }),
    };
  }),
};

/** The loss is the outputs' scalar product with these. */
const slopesOf = (network: Network, values: Map<LayerId, Value>) =>
  new Map(Object.entries(network.outputs).map(([name, id]) => [name, uniform(mulberry32(id), values.get(id)!.data.length)]));

test.each(BUILDS.flatMap((kernels) => Object.keys(NETWORKS).map((name) => [name, kernels] as const)))(
  '%s (%s)',
  async (name, kernels) => {
    const network = NETWORKS[name];
    const random = mulberry32(7);
    const parameters = new Map(
      [...initialise(network, 3).tensors].map(([parameter, { shape, data }]) => {
        // Batch norms that do something, and heads that are not next to nothing.
        const isVector = shape.length === 1;
        return [parameter, { shape, data: isVector ? uniform(random, data.length, 0.5, 1.5) : uniform(random, data.length, -0.5, 0.5) }];
      }),
    );
    const values = new Map([...parameters].map(([parameter, { data }]) => [parameter, Float64Array.from(data)]));
    const image: Value = { height: SIZE, width: SIZE, channels: 3, data: Float64Array.from(uniform(random, SAMPLES * SIZE * SIZE * 3)) };
    const expected = forward(network, values, image, SAMPLES);
    const slopes = slopesOf(network, expected);

    const engine = await createTrainEngine({ kernels });
    const layout = new Layout(network);
    const weights = new NetworkWeights(engine, network, layout);
    for (const [parameter, { data }] of parameters) {
      layout.write(
        engine.floats(weights.weights, layout.weightLength),
        engine.floats(weights.buffers, layout.bufferLength),
        parameter,
        data,
      );
    }
    const given = new Map(
      [...slopes].map(([output, values]) => {
        const address = engine.zeros(values.byteLength);
        engine.floats(address, values.length).set(values);
        return [output, address];
      }),
    );
    const vectors = { gradients: engine.zeros(layout.weightLength * F32), statistics: engine.zeros(layout.bufferLength * F32) };
    const draft = engine.draft();
    const made = new Map<string, ReturnType<typeof draft.floats>>();
    const objective: Objective<void> = {
      outputs: Object.keys(network.outputs),
      inputs() {},
      draft(pass) {
        pass.draft.begin('loss', 'loss');
        for (const [output, id] of Object.entries(network.outputs)) {
          const value = pass.outputs.get(id)!;
          const gradient = pass.tensor(value);
          pass.draft.call('copy', { out: gradient, input: given.get(output)!, bytes: slopes.get(output)!.byteLength });
          pass.setGradient(id, gradient);
          pass.draft.keep(value.y!);
          made.set(output, value.y!);
        }
      },
    };
    const { images } = planStep({ draft, network, weights, vectors, samples: SAMPLES }, objective, SIZE);
    const { bytes, at } = draft.finish();
    engine.ensure(bytes);
    const { steps, address } = at(engine.arenaBase);
    engine.floats(address(images), image.data.length).set(image.data);
    engine.run(weights.pack);
    engine.run(steps);

    for (const [output, id] of Object.entries(network.outputs)) {
      const { data } = expected.get(id)!;
      expectClose(engine.floats(address(made.get(output)!), data.length), data, 1e-5);
    }
    const gradients = layout.read(engine.floats(vectors.gradients, layout.weightLength), new Float32Array(layout.bufferLength));
    const loss = () => {
      const outputs = forward(network, values, image, SAMPLES);
      return [...slopes].reduce((sum, [output, slope]) => sum + dot(outputs.get(network.outputs[output])!.data, slope), 0);
    };
    for (const { name: parameter } of parametersOf(network).filter(({ name }) => layout.weights.has(name))) {
      const data = values.get(parameter)!;
      const gradient = gradients.get(parameter)!.data;
      const scale = Math.max(1, ...gradient.map(Math.abs));
      for (const index of [0, Math.floor(data.length / 2), data.length - 1]) {
        const before = data[index];
        const side = (step: number) => {
          data[index] = before + step;
          return loss();
        };
        const slope = (side(1e-6) - side(-1e-6)) / 2e-6;
        data[index] = before;
        if (!(Math.abs(gradient[index] - slope) <= TOLERANCE * scale))
          expect.fail(`${parameter}[${index}]: ${gradient[index]} instead of ${slope}`);
      }
    }
  },
  120_000,
);

test.each<[string, (net: NetworkBuilder, block: Block, image: LayerId) => LayerId, RegExp]>([
  [
    'depthwise channels',
    (_, block, image) => block(block(image, 'a', 12), 'b', 12, 3, 1, { depthwise: true }),
    /b can't be trained: depthwise with 12 channels/,
  ],
  ['channels of a batch norm', (_, block, image) => block(image, 'a', 6), /a can't be trained: a batch norm of 6 channels/],
  ['activations', (_, block, image) => block(image, 'a', 8, 1, 1, { activation: 'hardSigmoid' }), /hardSigmoid has no backward pass/],
])('refuses %s that the kernels do not have', async (_, make, message) => {
  const network = build((net, block, image) => ({ out: make(net, block, image) }));
  const engine = await createTrainEngine();
  const weights = new NetworkWeights(engine, network, new Layout(network));
  const options = { draft: engine.draft(), network, weights, vectors: { gradients: 0, statistics: 0 }, samples: 1 };
  const plan = () => planStep(options, { outputs: ['out'], inputs() {}, draft() {} }, SIZE);
  expect(plan).toThrow(ArgumentError);
  expect(plan).toThrow(message);
});
