import { describe, expect, it } from 'vitest';
import type { Network } from '../../src/network/graph.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { pipnet, type Backbone, type Stride } from '../../src/network/pipnet.ts';
import { Runner, readTensor } from '../../src/schedule/runner.ts';
import { chooseAlgorithm } from '../../src/engine/algorithm.ts';
import type { ChooseAlgorithm } from '../../src/schedule/weights.ts';
import type { KernelBuild } from '../../src/wasm/builds.ts';
import { Engine } from '../../src/engine/engine.ts';
import { supportsRelaxedSimd } from '../../src/wasm/features.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { goldenTensor } from '../reference/random.ts';
import { readGolden, readGoldenFloats, relativeError } from './shared.ts';

interface Golden {
  input: number[];
  outputs: Record<string, { file: string; shape: number[] }>;
  parameters: Record<string, number[]>;
}

const goldens: Record<string, Golden> = JSON.parse(readGolden('networks.json').toString());

const networkOf = (name: string): Network => {
  const stride = Number(/_stride(\d+)$/.exec(name)?.[1] ?? 32) as Stride;
  return pipnet({ backbone: name.replace(/_stride\d+$/, '') as Backbone, stride, landmarks: 68, neighbours: 10 });
};

const goldenWeights = (network: Network) =>
  new Map(parametersOf(network).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }]));

function toNhwc(values: Float32Array, channels: number): Float32Array {
  const pixels = values.length / channels;
  return values.map((_, i) => values[(i % channels) * pixels + Math.floor(i / channels)]);
}

const withoutWinograd: ChooseAlgorithm = (layer) => {
  const algorithm = chooseAlgorithm(layer);
  return algorithm === 'winograd' ? 'gemm' : algorithm;
};
const BUILDS: KernelBuild[] = supportsRelaxedSimd() ? ['simd', 'relaxed'] : ['simd'];

describe.each(BUILDS)("the authors' networks, %s kernels", (build) => {
  it.each(Object.keys(goldens))(
    '%s: five maps within 1e-3 of their largest magnitude',
    async (name) => {
      const golden = goldens[name];
      const network = networkOf(name);
      const names = Object.keys(golden.outputs);
      const [, channels, height, width] = golden.input;
      const runs: [string, ChooseAlgorithm | undefined][] = name.startsWith('resnet18')
        ? [
            ['', undefined],
            [' without Winograd', withoutWinograd],
          ]
        : [['', undefined]];
      for (const [label, choose] of runs) {
        const engine = await Engine.create(inlinedKernels(), { kernels: build });
        const runner = new Runner(engine, network, goldenWeights(network), names, choose ? { choose } : {});
        const schedule = runner.prepare(height, width);
        engine.floats(schedule.input.address, channels * height * width).set(toNhwc(goldenTensor('input', golden.input), channels));
        runner.run(schedule);
        for (const map of names) {
          const { file, shape } = golden.outputs[map];
          const error = relativeError(readTensor(engine, schedule.outputs[map]), toNhwc(readGoldenFloats(file), shape[1]));
          expect(error, `${map}${label}`).toBeLessThan(1e-3);
        }
      }
    },
    60_000,
  );
});

describe('parameters', () => {
  it.each(Object.keys(goldens))('%s: official names and shapes, in order', (name) => {
    expect(Object.fromEntries(parametersOf(networkOf(name)).map(({ name, shape }) => [name, shape]))).toEqual(goldens[name].parameters);
  });
});
