/** Concatenations of what can't be written in place, and CReLUs, at inference and as ONNX, against slow twins. */
import * as ort from 'onnxruntime-web';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { exportNetwork } from '../../src/export/onnx.ts';
import { NetworkBuilder } from '../../src/network/graph.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { spawnThread } from '../../src/runtimes/node/spawn-thread.ts';
import { readTensor, Runner } from '../../src/schedule/runner.ts';
import { forward } from '../reference/network.ts';
import { mulberry32, uniform } from '../reference/random.ts';

const SIZE = 13;

const net = new NetworkBuilder();
const a = net.convolution(net.input(3), 'a', 6, { kernel: 3, stride: 2 });
const b = net.convolution(a, 'b', 6, { kernel: 3, depthwise: true, activation: 'relu6' });
const c = net.convolution(b, 'c', 5, { activation: 'relu' });
// `a` has other readers, `b` is depthwise, `c` is written in place, the pool and the concatenation are copied.
const inner = net.concat([a, b, c, net.pool('maxPool', a, 3, 1)]);
const outer = net.concat([inner, net.crelu(a), net.convolution(inner, 'd', 7, { kernel: 3 }), b]);
const network = { layers: net.layers, outputs: { outer, c, e: net.convolution(net.crelu(outer), 'e', 4, { kernel: 3, stride: 2 }) } };

const random = mulberry32(11);
const tensors = new Map(
  parametersOf(network).map(({ name, shape }) => [
    name,
    {
      shape,
      data: uniform(
        random,
        shape.reduce((product, size) => product * size, 1),
      ),
    },
  ]),
);
const image = { height: SIZE, width: SIZE, channels: 3, data: Float64Array.from(uniform(random, SIZE * SIZE * 3)) };
const expected = forward(network, new Map([...tensors].map(([name, { data }]) => [name, data])), image, 1);

function expectSame(name: keyof typeof network.outputs, values: Float32Array): void {
  const { data } = expected.get(network.outputs[name])!;
  expect(values.length).toBe(data.length);
  const scale = Math.max(...data.map(Math.abs));
  expect(Math.max(...data.map((value, i) => Math.abs(value - values[i]))) / scale).toBeLessThan(1e-5);
}

test.each([
  [1, ['outer', 'c', 'e']],
  [3, ['outer', 'c', 'e']],
  [2, ['e']],
] as const)('on %i threads, outputs %j', async (threads, outputs) => {
  const engine = await Engine.create(inlinedKernels(), { threads, spawn: spawnThread });
  const runner = new Runner(engine, network, tensors, [...outputs]);
  const schedule = runner.prepare(SIZE, SIZE);
  engine.floats(schedule.input.address, image.data.length).set(image.data);
  runner.run(schedule);
  for (const name of outputs) expectSame(name, readTensor(engine, schedule.outputs[name]));
  engine.dispose();
});

test('as ONNX', async () => {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(exportNetwork(network, tensors, [SIZE, SIZE], undefined, {}));
  const pixels = SIZE * SIZE;
  const nchw = Float32Array.from({ length: 3 * pixels }, (_, i) => image.data[(i % pixels) * 3 + Math.floor(i / pixels)]);
  const results = await session.run({ input: new ort.Tensor('float32', nchw, [1, 3, SIZE, SIZE]) });
  for (const [name, { data, dims }] of Object.entries(results)) {
    const [, channels, height, width] = dims as number[];
    const values = data as Float32Array;
    expectSame(
      name as 'outer',
      values.map((_, i) => values[(i % channels) * height * width + Math.floor(i / channels)]),
    );
  }
  await session.release();
});
