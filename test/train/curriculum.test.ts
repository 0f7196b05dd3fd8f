// @module-tag slow
/** The curriculum's score maps and losses (paper, section 3.3): one score layer on the features and on their 2x2 pools. */
import { describe, expect, test } from 'vitest';
import { parametersOf } from '../../src/network/operations.ts';
import { pipnet, type Architecture } from '../../src/network/pipnet.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { spawnThread } from '../../src/runtimes/node/spawn-thread.ts';
import { readTensor, Runner } from '../../src/schedule/runner.ts';
import { initialise } from '../../src/step/initialise.ts';
import type { Tasks } from '../../src/step/criterion.ts';
import { SUPERVISED } from '../../src/step/pip-criterion.ts';
import { Trainer } from '../../src/step/trainer.ts';
import { Engine } from '../../src/engine/engine.ts';
import { readGolden, readGoldenFloats, relativeError } from '../golden/shared.ts';
import { linear, maxPool } from '../reference/layers.ts';
import { goldenTensor, mulberry32, uniform } from '../reference/random.ts';

const LANDMARKS = 68;

test("the authors' three score maps are the score layer on the features' pools", async () => {
  const golden: Record<string, { file: string; shape: number[] }> = JSON.parse(readGolden('curriculum.json').toString());
  const network = pipnet({ backbone: 'resnet18', stride: 32, landmarks: LANDMARKS, neighbours: 10 });
  const weights = new Map(parametersOf(network).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }]));
  const engine = await Engine.create(inlinedKernels(), { kernels: 'simd' });
  const runner = new Runner(engine, network, weights, ['features', 'cls']);
  const schedule = runner.prepare(256, 256);
  const nchw = goldenTensor('input', [1, 3, 256, 256]);
  engine.floats(schedule.input.address, nchw.length).set(nchw.map((_, i) => nchw[(i % 3) * 65536 + Math.floor(i / 3)]));
  runner.run(schedule);

  const features = readTensor(engine, schedule.outputs.features);
  const channels = features.length / 64;
  let level: ArrayLike<number> = features;
  for (const [name, size] of [
    ['cls1', 8],
    ['cls2', 4],
    ['cls3', 2],
  ] as const) {
    if (size < 8) level = maxPool(level, { height: 2 * size, width: 2 * size, channels, kernel: 2, stride: 2, padding: 0 });
    const { data: matrix } = weights.get('cls_layer.weight')!;
    const { data: bias } = weights.get('cls_layer.bias')!;
    const { file, shape } = golden[name];
    expect(shape).toEqual([1, LANDMARKS, size, size]);
    const scores = new Float32Array(LANDMARKS * size * size);
    for (let pixel = 0; pixel < size * size; pixel++) {
      linear(
        matrix,
        bias,
        Array.from({ length: channels }, (_, c) => level[pixel * channels + c]),
      ).forEach((score, l) => (scores[l * size * size + pixel] = score));
    }
    expect(relativeError(scores, readGoldenFloats(file)), name).toBeLessThan(1e-3);
  }
}, 60_000);

describe('losses', () => {
  const [SIZE, L] = [256, 5];
  const architecture: Architecture = { backbone: 'mobilenet_v3', stride: 32, landmarks: L, neighbours: 2 };
  const meanFace = [0.2, 0.3, 0.8, 0.3, 0.5, 0.5, 0.3, 0.8, 0.7, 0.8];
  const { tensors } = initialise(pipnet(architecture), 1);
  const only = (task: keyof Tasks): Tasks => ({ cls1: false, cls2: false, cls3: false, offsets: false, [task]: true });
  const batchOf = (samples: number) => {
    const random = mulberry32(3);
    return {
      images: uniform(random, samples * SIZE * SIZE * 3),
      points: uniform(random, samples * 2 * L, 0.05, 0.95),
      indices: new Int32Array(samples),
    };
  };
  /** All scores are the bias, all offsets 0. */
  const constant = (bias: number) =>
    new Map(
      [...tensors].map(([name, { shape, data }]) => {
        if (!/^(cls|x|y|nb_x|nb_y)_layer/.test(name)) return [name, { shape, data }];
        return [name, { shape, data: new Float32Array(data.length).fill(name === 'cls_layer.bias' ? bias : 0) }];
      }),
    );
  const withTrainer = async <T>(given: typeof tensors, use: (trainer: Trainer) => Promise<T>, threads = 1): Promise<T> => {
    const trainer = await Trainer.create({
      architecture,
      size: SIZE,
      meanFace,
      tensors: given,
      threads,
      spawn: spawnThread,
      curriculum: true,
    });
    try {
      return await use(trainer);
    } finally {
      await trainer.dispose();
    }
  };

  test.each([1, 2])(
    'are means over the cells that count, of all three maps together, on %i threads',
    async (threads) => {
      const tasks = [SUPERVISED, only('cls2'), only('cls3')];
      const batch = batchOf(3);
      await withTrainer(
        constant(0.25),
        async (trainer) => {
          const { parts } = await trainer.computeGradients(batch, tasks);
          const cells = L * (8 * 8 + 4 * 4 + 2 * 2);
          const sum = (side: number) => L * ((side * side - 1) * 0.25 ** 2 + 0.75 ** 2);
          expect(parts.cls1).toBeCloseTo((10 * sum(8)) / cells, 5);
          expect(parts.cls2).toBeCloseTo((10 * sum(4)) / cells, 5);
          expect(parts.cls3).toBeCloseTo((10 * sum(2)) / cells, 5);
          // Offsets are those of the first sample alone.
          const offset = (i: number) => (batch.points[i] * 8) % 1;
          const mean = [0, 2, 4, 6, 8].reduce((total, i) => total + offset(i), 0) / L;
          expect(parts.x).toBeCloseTo(mean, 4);
          const slope = [8, 4, 2].reduce((total, side) => total + (side * side - 1) * 0.25 - 0.75, 0);
          expect(trainer.gradients().get('cls_layer.bias')!.data[0]).toBeCloseTo((10 * 2 * slope) / cells, 5);
        },
        threads,
      );
    },
    60_000,
  );

  test('of samples that count for nothing are none, and leave no gradient', () =>
    withTrainer(tensors, async (trainer) => {
      const { loss, gradientNorm } = await trainer.computeGradients(
        batchOf(1),
        [only('cls1')].map(() => ({ ...SUPERVISED, cls1: false, offsets: false })),
      );
      expect([loss, gradientNorm]).toEqual([0, 0]);
    }));

  test.each(['cls2', 'cls3'] as const)(
    '%s: the gradient is that of finite differences',
    async (task) => {
      const batch = batchOf(2);
      const tasks = [only(task), only(task)];
      const lossOf = (given: typeof tensors) => withTrainer(given, async (trainer) => (await trainer.computeGradients(batch, tasks)).loss);
      const gradients = await withTrainer(tensors, async (trainer) => {
        await trainer.computeGradients(batch, tasks);
        return trainer.gradients();
      });
      // The score layer's weights go through the pools only; a weight with a large gradient stands out of the rounding.
      for (const name of ['cls_layer.weight', 'conv.1.weight']) {
        const { data } = gradients.get(name)!;
        const index = data.reduce((best, value, i) => (Math.abs(value) > Math.abs(data[best]) ? i : best), 0);
        const step = 1e-2;
        const moved = (by: number) =>
          new Map(
            [...tensors].map(([other, tensor]) =>
              other === name
                ? [other, { ...tensor, data: tensor.data.map((value, i) => (i === index ? value + by : value)) }]
                : [other, tensor],
            ),
          );
        const difference = ((await lossOf(moved(step))) - (await lossOf(moved(-step)))) / (2 * step);
        expect(Math.abs(difference - data[index])).toBeLessThan(0.02 * Math.abs(data[index]));
      }
      expect(gradients.get('x_layer.weight')!.data.every((value) => value === 0)).toBe(true);
    },
    60_000,
  );
});
