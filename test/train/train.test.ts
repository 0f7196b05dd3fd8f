import { describe, expect, test } from 'vitest';
import { ArgumentError, ModelError } from '../../src/base/errors.ts';
import { pipnet, type Architecture } from '../../src/network/pipnet.ts';
import { spawnThread } from '../../src/runtimes/node/spawn-thread.ts';
import { readTraining, writeTraining } from '../../src/train/checkpoint.ts';
import type { Batch } from '../../src/base/batch.ts';
import { initialise } from '../../src/step/initialise.ts';
import { trainEpochs } from '../../src/train/epochs.ts';
import { DivergedError, Trainer, type TrainerOptions } from '../../src/step/trainer.ts';
import { mulberry32, uniform } from '../reference/random.ts';

const architecture: Architecture = { backbone: 'mobilenet_v3', stride: 32, landmarks: 5, neighbours: 2 };
const network = pipnet(architecture);
const [SIZE, BATCH, BATCHES] = [64, 4, 3];
const meanFace = [0.2, 0.3, 0.8, 0.3, 0.5, 0.5, 0.3, 0.8, 0.7, 0.8];
const { tensors } = initialise(network, 1);
const PLAN = { epochs: 2, rate: 1e-3, warmup: 0.5 };
const SETTINGS = { seed: 1, batch: BATCH };

function batchOf(seed: number): Batch {
  const random = mulberry32(seed);
  return { images: uniform(random, BATCH * SIZE * SIZE * 3), points: uniform(random, BATCH * 10, 0, 1), indices: new Int32Array(BATCH) };
}

/** Random pictures and landmarks. */
const source = {
  landmarks: 5,
  samples: BATCH * BATCHES,
  batches: BATCHES,
  list: [],
  skipped: [],
  async *epoch(epoch: number) {
    for (let i = 0; i < BATCHES; i++) yield batchOf(epoch * BATCHES + i);
  },
  async dispose() {},
};

async function withTrainer<T>(options: Partial<TrainerOptions>, use: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = await Trainer.create({
    architecture,
    size: SIZE,
    meanFace,
    tensors,
    spawn: spawnThread,
    ema: 0.9,
    weightDecay: 0.01,
    ...options,
  });
  try {
    return await use(trainer);
  } finally {
    await trainer.dispose();
  }
}

const bytesOf = (trainer: Trainer) => writeTraining({ state: trainer.save(), history: [] }, SETTINGS);

/** All of a trainer's state as bytes, which are faster to compare. */
const stateOf = (trainer: Trainer) => Buffer.from(bytesOf(trainer));

const trained = (options: Partial<TrainerOptions> = {}) =>
  withTrainer(options, async (trainer) => {
    expect(await trainEpochs(trainer, source, PLAN)).toBe(true);
    expect(trainer.save().weights.every(Number.isFinite)).toBe(true);
    return stateOf(trainer);
  });

describe('a training', () => {
  test.each([1, 2, 3])('gives the same weights twice, on %i threads', async (threads) => {
    expect((await trained({ threads })).equals(await trained({ threads }))).toBe(true);
  });

  test('depends on the number of threads only by their batch norms', async () => {
    const results = await Promise.all([1, 2].map((threads) => withTrainer({ threads }, (trainer) => trainer.step(batchOf(1), 1e-3))));
    expect(results[0].loss).not.toBe(results[1].loss);
    expect(Math.abs(results[0].loss / results[1].loss - 1)).toBeLessThan(0.2);
  });

  test.each([1, 2, 3, 4, 5])('goes on after step %i to the same weights', async (last) => {
    const saved = await withTrainer({}, async (trainer) => {
      expect(await trainEpochs(trainer, source, PLAN, { isStopped: () => trainer.steps === last })).toBe(false);
      return bytesOf(trainer);
    });
    const end = await withTrainer({}, async (trainer) => {
      trainer.restore(readTraining(saved, SETTINGS, 'saved').state);
      expect(await trainEpochs(trainer, source, PLAN)).toBe(true);
      return stateOf(trainer);
    });
    expect(end.equals(await trained())).toBe(true);
  });

  test('learns a batch by heart', () =>
    withTrainer({ ema: 0 }, async (trainer) => {
      const { loss } = await trainer.step(batchOf(1), 1e-3);
      let last = loss;
      for (let i = 0; i < 40; i++) last = (await trainer.step(batchOf(1), 1e-3)).loss;
      expect(last).toBeLessThan(loss / 4);
    }));

  test('leaves frozen parameters as they are', () =>
    withTrainer({ frozen: ['features.'] }, async (trainer) => {
      await trainer.step(batchOf(1), 1e-2);
      const after = trainer.tensors('weights');
      const changed = [...after]
        .filter(([name, { data }]) => data.some((value, i) => value !== tensors.get(name)!.data[i]))
        .map(([name]) => name);
      expect(changed.filter((name) => name.startsWith('features.') && !name.includes('.running_'))).toEqual([]);
      expect(changed).toEqual(expect.arrayContaining(['conv.0.weight', 'cls_layer.weight', 'nb_y_layer.bias']));
    }));

  test('stops before a loss that is not finite does harm', () =>
    withTrainer({}, async (trainer) => {
      await trainer.step(batchOf(1), 1e-3);
      const before = stateOf(trainer);
      const batch = batchOf(2);
      batch.images.fill(NaN);
      await expect(trainer.step(batch, 1e-3)).rejects.toThrow(DivergedError);
      expect(stateOf(trainer).equals(before)).toBe(true);
    }));

  test.each([{ threads: 0 }, { size: 40 }, { meanFace: [1, 2] }, { ema: 2 }, { tensors: new Map() }])('refuses %j', async (options) => {
    await expect(withTrainer(options, async () => {})).rejects.toThrow(ArgumentError);
  });
});

describe('checkpoints', () => {
  test('are refused with any bit flipped, or any byte missing or too many', async () => {
    const saved = await withTrainer({}, async (trainer) => bytesOf(trainer));
    const random = mulberry32(5);
    const places = [
      0,
      7,
      8,
      200,
      saved.length - 5,
      saved.length - 4,
      saved.length - 1,
      ...Array.from({ length: 8 }, () => Math.floor(random() * saved.length)),
    ];
    for (const place of places) {
      const damaged = saved.slice();
      damaged[place] ^= 1 << Math.floor(random() * 8);
      expect(() => readTraining(damaged, SETTINGS, 'a.training'), String(place)).toThrow(
        /^a\.training: damaged, or by an older version .*: its checksum is wrong/,
      );
    }
    for (const wrong of [saved.subarray(0, -1), Buffer.concat([saved, Buffer.alloc(1)]), saved.subarray(0, 3), saved.subarray(0, 0)]) {
      expect(() => readTraining(wrong, SETTINGS, 'a.training')).toThrow(/checksum/);
    }
  });

  test('are of one training', async () => {
    const saved = await withTrainer({}, async (trainer) => bytesOf(trainer));
    expect(() => readTraining(saved, { ...SETTINGS, seed: 2 }, 'a.training')).toThrow(/a\.training: begun with seed 1, not 2/);
    expect(() => readTraining(saved.subarray(0, 1000), SETTINGS, 'a.training')).toThrow(ModelError);
    expect(() => readTraining(new Uint8Array(100), SETTINGS, 'a.training')).toThrow(ModelError);
  });
});

describe('initial weights', () => {
  test('take what fits, draw the rest by the seed', () => {
    const given = new Map([...tensors].filter(([name]) => !name.startsWith('cls_layer')));
    given.set('x_layer.weight', { shape: [1, 960, 1, 1], data: new Float32Array(960) });
    const { tensors: begun, taken } = initialise(network, 2, given);
    expect(taken).toBe(given.size - 1);
    expect(begun.get('features.0.0.weight')).toBe(tensors.get('features.0.0.weight'));
    expect(begun.get('cls_layer.weight')).toEqual(initialise(network, 2, given).tensors.get('cls_layer.weight'));
    expect(begun.get('cls_layer.weight')!.data[0]).not.toBe(tensors.get('cls_layer.weight')!.data[0]);
  });

  test('of another network, or damaged, are refused', () => {
    expect(() => initialise(network, 1, new Map([['conv1.weight', { shape: [1], data: new Float32Array(1) }]]), 'a.pth')).toThrow(
      /a\.pth: none of its 1 tensors .* fits/,
    );
    const damaged = new Map([['conv.1.bias', { shape: [960], data: new Float32Array(960).fill(NaN) }]]);
    expect(() => initialise(network, 1, damaged, 'a.pth')).toThrow(ModelError);
  });
});
