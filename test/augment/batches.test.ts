import { createHash } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ArgumentError, DataError } from '../../src/base/errors.ts';
import { CROP_RULES, landmarkBox, supervisedCrop } from '../../src/base/crop-rules.ts';
import { exactCrop } from '../../src/faces/crop.ts';
import type { Batch, BatchSource } from '../../src/base/batch.ts';
import { mixBatches, shareBatch } from '../../src/augment/mix.ts';
import { cropResize } from '../reference/crop.ts';
import { drawDots, faceAt, FLIP, open, temporaryFolder, writeFaces } from './pictures.ts';

const FACES = Array.from({ length: 7 }, (_, i) => faceAt(100 + 5 * i, 95 + 3 * i));

/** Milliseconds; starting threads takes long on a busy machine. */
const SLOW = 30_000;

async function batchesOf(source: BatchSource, epoch: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of source.epoch(epoch)) batches.push(batch);
  return batches;
}

/** Comparing millions of numbers one by one takes seconds. */
function digest(batches: Batch[]): string {
  const hash = createHash('sha256');
  for (const { images, points, indices } of batches)
    for (const { buffer } of [images, points, indices]) hash.update(new Uint8Array(buffer));
  return hash.digest('hex');
}

test('unchanged faces are sampled on the grid of inference', async () => {
  const folder = temporaryFolder();
  const points = faceAt(60.3, 150.7);
  const samples = await writeFaces(folder, [points]);
  const source = await open(folder, samples, { cropRule: CROP_RULES['300w'], size: 96 });
  const [{ images, points: units }] = await batchesOf(source, 0);

  const box = supervisedCrop(landmarkBox(points), CROP_RULES['300w']);
  const { x, y, stepX, stepY } = exactCrop(box).grid(96);
  const { data, width, height } = drawDots(240, 220, points);
  const expected = cropResize(data, [1, 1, 1], [0, 0, 0], {
    width,
    height,
    bytesPerPixel: 3,
    originX: x,
    originY: y,
    stepX,
    stepY,
    outWidth: 96,
    outHeight: 96,
    border: 'zero',
    nearest: false,
    reverse: false,
  });
  // Inference rounds to bytes.
  expect(Math.max(...images.map((value, i) => Math.abs(value * 255 - expected[i])))).toBeLessThan(0.501);
  expect(units[0]).toBeCloseTo((points[0] - box.x) / box.width, 6);
  expect(units[1]).toBeCloseTo((points[1] - box.y) / box.height, 6);
});

test('pixels are normalised by channel', async () => {
  const folder = temporaryFolder();
  const samples = await writeFaces(folder, FACES.slice(0, 1));
  const [plain] = await batchesOf(await open(folder, samples), 0);
  const [normal] = await batchesOf(await open(folder, samples, { mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 2] }), 0);
  for (const p of [0, 3000, 20001]) {
    const channel = p % 3;
    expect(normal.images[p]).toBeCloseTo((plain.images[p] - [0.1, 0.2, 0.3][channel]) / [0.5, 0.25, 2][channel], 5);
  }
});

test('with augmentation all batches are full and every face comes; without, in order and each once', async () => {
  const folder = temporaryFolder();
  const samples = await writeFaces(folder, FACES);
  const training = await open(folder, samples, { augment: {}, batch: 3 });
  const indices = (await batchesOf(training, 4)).map((batch) => [...batch.indices]);
  expect(indices.map((batch) => batch.length)).toEqual([3, 3, 3]);
  expect(new Set(indices.flat())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  expect(indices.flat().slice(7)).toEqual(indices.flat().slice(0, 2));
  expect(training).toMatchObject({ landmarks: 5, samples: 7, batches: 3 });

  const measuring = await open(folder, samples, { batch: 3 });
  expect((await batchesOf(measuring, 4)).map((batch) => [...batch.indices])).toEqual([[0, 1, 2], [3, 4, 5], [6]]);

  // Fewer faces than a batch holds.
  const few = await open(folder, samples.slice(0, 2), { augment: {}, batch: 5 });
  const [batch] = await batchesOf(few, 0);
  expect(batch.images.length).toBe(5 * 128 * 128 * 3);
  expect(batch.images.subarray(0, 100)).not.toEqual(batch.images.subarray(2 * 128 * 128 * 3, 2 * 128 * 128 * 3 + 100));
});

test(
  'the same seed gives the same batches, whatever the workers, the memory and the epochs before',
  async () => {
    const folder = temporaryFolder();
    const samples = await writeFaces(folder, FACES);
    const common = { augment: {}, batch: 3, flip: FLIP };
    const alone = await open(folder, samples, common);
    const expected = digest(await batchesOf(alone, 2));

    for (const more of [{ workers: 1 }, { workers: 3 }, { cacheBytes: 0 }, { workers: 2, cacheBytes: 300_000 }]) {
      const source = await open(folder, samples, { ...common, ...more });
      // An epoch that is left in its middle.
      for await (const { indices } of source.epoch(0)) if (indices.length > 0) break;
      expect(digest(await batchesOf(source, 2)), JSON.stringify(more)).toBe(expected);
    }
    expect(digest(await batchesOf(alone, 3))).not.toBe(expected);
    expect(digest(await batchesOf(await open(folder, samples, { ...common, seed: 2 }), 2))).not.toBe(expected);
  },
  SLOW,
);

test.each([0, 2])(
  "pictures that can't be read are left out and told, with %i workers",
  async (workers) => {
    const folder = temporaryFolder();
    const samples = await writeFaces(folder, FACES.slice(0, 3));
    truncateSync(join(folder, '1.png'), 300);
    samples.push({ ...samples[0], name: 'gone.png', source: 'list.txt:9' });
    const told: number[] = [];
    const source = await open(folder, samples, { workers, onProgress: (read) => told.push(read) });
    expect(source.samples).toBe(2);
    expect(source.list.map(({ name }) => name)).toEqual(['0.png', '2.png']);
    expect(source.skipped.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^list\.txt:2: .*1\.png is a damaged, truncated/),
      expect.stringMatching(/^list\.txt:9: .*gone\.png can't be read: no such file/),
    ]);
    expect(told).toEqual([0, 1, 2, 3, 4]);

    await expect(open(folder, [samples[1]], { workers })).rejects.toThrow(/^none of the 1 pictures can be read; the first: list\.txt:2: /);
    await expect(open(folder, [samples[1]], { workers })).rejects.toBeInstanceOf(DataError);
  },
  SLOW,
);

test.each([0, 1])(
  'landmarks far outside of the picture are an error, with %i workers',
  async (workers) => {
    const folder = temporaryFolder();
    const samples = await writeFaces(folder, [FACES[0]]);
    await open(folder, [{ ...samples[0], points: faceAt(15, 180) }], { workers });
    const opening = open(folder, [{ ...samples[0], points: faceAt(400, 100) }], { workers });
    await expect(opening).rejects.toThrow(/^list\.txt:1: landmark 0 at \(360, 70\) is far outside of the picture, which is 240 x 220/);
    await expect(opening).rejects.toBeInstanceOf(DataError);
  },
  SLOW,
);

test('wrong options and samples', async () => {
  const folder = temporaryFolder();
  const samples = await writeFaces(folder, FACES.slice(0, 2));
  await expect(open(folder, [])).rejects.toThrow(new DataError('no samples: a source of batches needs one face at least'));
  await expect(open(folder, samples, { batch: 0 })).rejects.toThrow(new ArgumentError('batch 0 is not a whole number from 1 to 65536'));
  await expect(open(folder, samples, { flip: [0, 1] })).rejects.toThrow(/flip table: 2 numbers for 5 landmarks/);
  const other = { ...samples[1], points: samples[1].points.slice(0, 8) };
  await expect(open(folder, [samples[0], other])).rejects.toThrow('list.txt:2: 4 landmarks where list.txt:1 has 5');
});

test('a disposed source says that it has ended', async () => {
  const folder = temporaryFolder();
  const source = await open(folder, await writeFaces(folder, FACES.slice(0, 2)), { workers: 1 });
  await source.dispose();
  await expect(batchesOf(source, 0)).rejects.toThrow('the batch source has ended');
});

test('two sources mixed: every batch holds both in the ratio, an epoch has as many as asked for', async () => {
  const folder = temporaryFolder();
  const samples = await writeFaces(folder, FACES);
  const [ours, theirs] = shareBatch(4, 0.25);
  const labelled = await open(folder, samples.slice(0, 2), { augment: {}, batch: ours });
  const pseudo = await open(folder, samples.slice(2), { augment: {}, batch: theirs, seed: 2 });
  const mixed = mixBatches(pseudo, labelled, 2);
  expect(mixed).toMatchObject({ landmarks: 5, samples: 7, batches: 2 });
  const batches = await batchesOf(mixed, 1);
  expect(batches).toHaveLength(2);
  for (const { images, points, indices } of batches) {
    // Evenly mixed: whoever takes half of a batch has both kinds where there are enough.
    expect([...indices].map((index) => index < 5)).toEqual([true, true, false, true]);
    expect([images.length, points.length]).toEqual([4 * 128 * 128 * 3, 4 * 10]);
  }
  expect(digest(await batchesOf(mixed, 1))).toBe(digest(batches));

  // The shorter one starts over with other changes.
  const long = mixBatches(labelled, await open(folder, samples, { augment: {}, batch: 1 }), 7);
  const seen = (await batchesOf(long, 0)).map(({ indices }) => indices[0]);
  expect(seen).toHaveLength(7);
  expect(seen.filter((index) => index === 0).length).toBeGreaterThanOrEqual(3);
  expect(() => shareBatch(1, 0.5)).toThrow(ArgumentError);
  expect(shareBatch(10, 0.01)).toEqual([1, 9]);
});
