/**
 * A training step against PyTorch's (the README of the golden outputs says how that was made).
 *
 * A unit whose input is 0 but for rounding has a slope of 0 or 1 as rounding goes, and the gradients of all layers below
 * differ by a percent between the two. So the test may move a few pixels by one rounding (2e-7 of their value) until
 * every such unit falls on PyTorch's side; then all numbers must agree. MobileNetV3 needs no move.
 */
import { describe, expect, test } from 'vitest';
import { parametersOf } from '../../src/network/operations.ts';
import { pipnet, type Backbone } from '../../src/network/pipnet.ts';
import { Trainer } from '../../src/step/trainer.ts';
import { parseMeanFace } from '../../src/weights/mean-face.ts';
import type { Tensor } from '../../src/weights/tensor.ts';
import { readGolden } from '../golden/shared.ts';
import { fnv1a, goldenTensor, mulberry32, uniform } from '../reference/random.ts';
import { BUILDS } from './kernels.ts';

/** Norm, then the first four values. */
type Summary = [number, ...number[]];

interface Golden {
  input: [samples: number, channels: number, height: number, width: number];
  loss: number;
  gradients: Record<string, Summary>;
  after_adam_step: Record<string, Summary>;
}

const goldens: Record<string, Golden> = JSON.parse(readGolden('training_step.json').toString());
const meanFace = parseMeanFace(readGolden('meanface-300w.txt').toString(), 68);

const TOLERANCE = 1e-3;
const RATE = 1e-4;

/** Gradients that are 0 but for rounding: of biases that the next batch norm takes away. */
const NOTHING = 1e-4;

/** Which moves to try first: those that are known to do, with baseline SIMD. */
const FIRST_MOVE: Record<string, number> = { resnet18: 1, mobilenet_v2: 488, mobilenet_v3: 0 };
const MOVES = 600;
const ROUNDING = 2e-7;

/** The golden pictures, NHWC; `move` 0 leaves them as they are. */
function pictures([samples, channels, height, width]: Golden['input'], move: number): Float32Array {
  const pixels = height * width;
  const nchw = uniform(mulberry32(fnv1a('batch')), samples * channels * pixels, -2, 2);
  const images = nchw.map((_, i) => {
    const [sample, pixel, channel] = [Math.floor(i / channels / pixels), Math.floor(i / channels) % pixels, i % channels];
    return nchw[(sample * channels + channel) * pixels + pixel];
  });
  const random = mulberry32(move);
  const count = move === 0 ? 0 : [1, 3, 10, 30, 100, 300, 1000][move % 7];
  for (let i = 0; i < count; i++) images[Math.floor(random() * images.length)] *= 1 + (random() < 0.5 ? ROUNDING : -ROUNDING);
  return images;
}

/** What differs by more than the tolerance, in units of the tensor's root mean square or of the value. */
function misfits(tensors: ReadonlyMap<string, Tensor>, expected: Record<string, Summary>): string[] {
  return Object.entries(expected).flatMap(([name, [norm, ...values]]) => {
    const { data } = tensors.get(name)!;
    const actual = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
    if (norm < NOTHING && actual < NOTHING) return [];
    const typical = norm / Math.sqrt(data.length);
    const wrong = values.flatMap((value, i) =>
      Math.abs(data[i] - value) <= TOLERANCE * Math.max(typical, Math.abs(value)) ? [] : [`${name}[${i}]: ${data[i]} instead of ${value}`],
    );
    return Math.abs(actual - norm) <= TOLERANCE * norm ? wrong : [...wrong, `${name}: norm ${actual} instead of ${norm}`];
  });
}

describe.each(BUILDS)('%s', (kernels) => {
  test.each(Object.keys(goldens))(
    '%s',
    async (backbone) => {
      const golden = goldens[backbone];
      const [samples, , size] = golden.input;
      const architecture = { backbone: backbone as Backbone, stride: 32 as const, landmarks: 68, neighbours: 10 };
      const tensors = new Map(
        parametersOf(pipnet(architecture)).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }]),
      );
      const trainer = await Trainer.create({ architecture, size, meanFace, tensors, kernels, optimiser: 'adam' });
      const points = uniform(mulberry32(fnv1a('landmarks')), samples * 68 * 2, 0.05, 0.95);
      const batchOf = (move: number) => ({ images: pictures(golden.input, move), points, indices: new Int32Array(samples) });

      let move = FIRST_MOVE[backbone];
      const agrees = async () => {
        const { loss } = await trainer.computeGradients(batchOf(move));
        expect(Math.abs(loss - golden.loss)).toBeLessThan(TOLERANCE * golden.loss);
        return misfits(trainer.gradients(), golden.gradients).length === 0;
      };
      if (!(await agrees())) for (move = 0; move < MOVES && !(await agrees()); move++);

      const gradients = trainer.gradients();
      expect([...gradients.keys()].sort()).toEqual(Object.keys(golden.gradients).sort());
      expect(misfits(gradients, golden.gradients)).toEqual([]);
      await trainer.step(batchOf(move), RATE);
      // Adam makes steps of nothing's sign, so parameters without a gradient may be two steps away.
      const nothing = new Set(Object.keys(golden.gradients).filter((name) => golden.gradients[name][0] < NOTHING));
      const after = trainer.tensors('weights');
      expect(misfits(after, Object.fromEntries(Object.entries(golden.after_adam_step).filter(([name]) => !nothing.has(name))))).toEqual([]);
      for (const name of nothing)
        golden.after_adam_step[name]
          .slice(1)
          .forEach((value, i) => expect(Math.abs(after.get(name)!.data[i] - value)).toBeLessThan(2.1 * RATE));
      await trainer.dispose();
    },
    600_000,
  );
});
