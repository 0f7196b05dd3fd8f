/** A convolution and the depthwise one behind it, in bands through a small buffer, against both one after the other. */
import { describe, expect, test } from 'vitest';
import { NetworkBuilder, type Network } from '../../src/network/graph.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { spawnThread } from '../../src/runtimes/node/spawn-thread.ts';
import { readTensor, Runner } from '../../src/schedule/runner.ts';
import { Engine } from '../../src/engine/engine.ts';
import { goldenTensor } from '../reference/random.ts';

interface Case {
  channels: number;
  width: number;
  first: { kernel: number; stride: number };
  second: { kernel: number; stride: number; padding?: number };
  size: [height: number, number];
}

function networkOf({ channels, width, first, second }: Case): Network {
  const net = new NetworkBuilder();
  const between = net.convolution(net.input(channels), 'first', width, { ...first, activation: 'relu6' });
  const out = net.convolution(between, 'second', width, { ...second, depthwise: true, activation: 'hardSwish' });
  return { layers: net.layers, outputs: { between, out } };
}

async function run(drawn: Case, outputs: string[], threads: number) {
  const network = networkOf(drawn);
  const [height, width] = drawn.size;
  const engine = await Engine.create(inlinedKernels(), { kernels: 'simd', threads, spawn: spawnThread });
  try {
    const tensors = new Map(parametersOf(network).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }]));
    const runner = new Runner(engine, network, tensors, outputs);
    const schedule = runner.prepare(height, width);
    engine.floats(schedule.input.address, height * width * drawn.channels).set(goldenTensor('input', [height, width, drawn.channels]));
    runner.run(schedule);
    return {
      out: readTensor(engine, schedule.outputs.out),
      algorithms: schedule.steps.map(({ algorithm }) => algorithm),
      arenaBytes: schedule.arenaBytes,
    };
  } finally {
    engine.dispose();
  }
}

const GEMM = { kernel: 1, stride: 1 };

describe.each<Case>([
  { channels: 16, width: 96, first: GEMM, second: { kernel: 3, stride: 2 }, size: [64, 64] },
  { channels: 24, width: 144, first: GEMM, second: { kernel: 3, stride: 1 }, size: [37, 41] },
  { channels: 8, width: 72, first: GEMM, second: { kernel: 5, stride: 2 }, size: [53, 50] },
  { channels: 8, width: 72, first: GEMM, second: { kernel: 5, stride: 1 }, size: [6, 350] },
  { channels: 3, width: 32, first: { kernel: 3, stride: 2 }, second: { kernel: 3, stride: 1 }, size: [160, 130] },
  // Rows so wide that a band has only one, and strides that leave rows out.
  { channels: 4, width: 64, first: GEMM, second: { kernel: 3, stride: 1 }, size: [9, 600] },
  { channels: 4, width: 64, first: GEMM, second: { kernel: 1, stride: 3 }, size: [50, 50] },
  { channels: 4, width: 64, first: GEMM, second: { kernel: 3, stride: 2, padding: 0 }, size: [51, 50] },
])('%j', (drawn) => {
  test.each([1, 2, 3])('gives the same on %i threads, in less memory', async (threads) => {
    const apart = await run(drawn, ['between', 'out'], 1);
    const together = await run(drawn, ['out'], threads);
    expect(apart.algorithms).toHaveLength(2);
    expect(together.algorithms).toEqual([apart.algorithms.join(' + ')]);
    expect(together.out).toEqual(apart.out);
    expect(apart.out.some((value) => value !== 0)).toBe(true);
    if (threads === 1 && drawn.first.kernel === 1) expect(together.arenaBytes).toBeLessThan(apart.arenaBytes);
  });
});

test.each([
  ['small outputs, which stay in the cache', [16, 16]],
  ['rows that would not', [2, 1200]],
] as const)('%s: one after the other', async (_, size) => {
  const { algorithms } = await run({ channels: 16, width: 96, first: GEMM, second: { kernel: 3, stride: 1 }, size: [...size] }, ['out'], 1);
  expect(algorithms).toEqual(['gemm', 'depthwise']);
});
