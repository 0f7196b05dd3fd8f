import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ArgumentError, DataError } from '../../src/base/errors.ts';
import { adaptModel, type AdaptHooks, type AdaptOptions } from '../../src/train/adapt-model.ts';
import { faceAt, temporaryFolder, writeFaces } from '../augment/pictures.ts';

/** Eight faces of dots, the first five with landmarks, the others with a box. */
async function makeOptions(more: Partial<AdaptOptions> = {}): Promise<AdaptOptions> {
  const folder = temporaryFolder();
  const faces = await writeFaces(
    folder,
    Array.from({ length: 8 }, (_, i) => faceAt(90 + 7 * i, 90 + 5 * (i % 5), 0.8 + 0.05 * i)),
  );
  const file = (name: string, lines: string[]) => {
    writeFileSync(join(folder, name), lines.join('\n'));
    return join(folder, name);
  };
  const labelled = faces.slice(0, 5).map(({ name, points }) => `${name} ${[...points].join(' ')}`);
  const boxes = faces.slice(5).map(({ name, points }) => `${name} ${points[0] - 3} ${points[1] - 3} ${points[8] + 13} ${points[9] + 3}`);
  return {
    list: file('list.txt', labelled),
    images: folder,
    unlabelled: file('boxes.txt', boxes),
    unlabelledImages: folder,
    out: join(folder, 'out.safetensors'),
    backbone: 'mobilenet_v3',
    neighbours: 3,
    stages: [{ size: 256, epochs: 1 }],
    batch: 4,
    workers: 0,
    ema: 0,
    ...more,
  };
}

const bytesOf = ({ out }: AdaptOptions) => readFileSync(out);

test('the curriculum: pseudo-labels for the 2x2 map, the 4x4 map, everything; each round a fresh network', async () => {
  const options = await makeOptions({ rounds: 3 });
  const begun: string[] = [];
  const steps: number[] = [];
  const parts: Record<string, number>[] = [];
  const { finished, rounds } = await adaptModel(options, {
    onRound: ({ round, tasks, faces }) => begun.push(`${round} ${tasks} ${faces}`),
    onStep: ({ step }) => steps.push(step),
    onEpoch: (record) => parts.push(record.parts),
  });
  expect(finished).toBe(true);
  expect(begun).toEqual(['0 none 0', '1 2x2 3', '2 4x4 3', '3 all 3']);
  // Five faces in batches of four, in every round.
  expect(steps).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
  expect(parts.map(({ cls1, cls2, cls3 }) => [cls1 > 0, cls2 > 0, cls3 > 0])).toEqual([
    [true, false, false],
    [true, false, true],
    [true, true, false],
    [true, false, false],
  ]);
  const models = rounds.map(({ model }) => readFileSync(model));
  expect(models.slice(1).every((model, i) => !model.equals(models[i]))).toBe(true);
  expect(bytesOf(options).equals(models[3])).toBe(true);
  expect(existsSync(`${rounds[3].model}.training`)).toBe(false);
}, 120_000);

test('interrupted in a round it goes on to the same model, and does not make finished rounds again', async () => {
  const recipe: Partial<AdaptOptions> = { rounds: 2, curriculum: false, stages: [{ size: 64, epochs: 2 }] };
  const whole = await makeOptions(recipe);
  await adaptModel(whole);

  const parts = await makeOptions(recipe);
  let taken = 0;
  const first = await adaptModel(parts, { onStep: () => taken++, isStopped: () => taken === 7 });
  expect(first).toMatchObject({ finished: false, rounds: [{ round: 0, tasks: 'none' }] });
  expect(existsSync(parts.out)).toBe(false);
  const begun: number[] = [];
  const steps: number[] = [];
  const hooks: AdaptHooks = { onRound: ({ round }) => begun.push(round), onStep: ({ step }) => steps.push(step) };
  expect(await adaptModel({ ...parts, resume: true }, hooks)).toMatchObject({
    finished: true,
    rounds: [{ round: 0 }, { round: 1 }, { round: 2 }],
  });
  expect(begun).toEqual([1, 2]);
  expect(steps).toEqual([3, 0, 1, 2, 3]);
  expect(bytesOf(parts).equals(bytesOf(whole))).toBe(true);
}, 120_000);

test('a teacher stands in for the first training; what is unsure or unreadable is left out and counted', async () => {
  const options = await makeOptions({ rounds: 1, curriculum: false, stages: [{ size: 64, epochs: 1 }] });
  const {
    rounds: [{ model }],
  } = await adaptModel(options);
  const taught = { ...options, teacher: model, out: `${options.out}.2.safetensors` };
  writeFileSync(options.unlabelled, `${readFileSync(options.unlabelled, 'utf8')}\nmissing.png 0 0 10 10`);
  const { rounds } = await adaptModel(taught, {
    onRound: (_, labels) => expect(labels!.skipped).toEqual([expect.stringMatching(/boxes\.txt:4: .*missing\.png/)]),
  });
  expect(rounds).toMatchObject([{ round: 1, tasks: 'all', faces: 3, unsure: 0 }]);
  await expect(adaptModel({ ...taught, confidence: 9 })).rejects.toThrow(
    new DataError('none of 4 unlabelled faces has a mean score of 9 or more: lower the confidence, or check the boxes'),
  );
}, 120_000);

test.each<[Partial<AdaptOptions>, RegExp]>([
  [{ stages: [{ size: 192, epochs: 1 }] }, /size 192 leaves less than 2x2 cells .*: use 256 or more, or no curriculum/],
  [{ rounds: 0 }, /rounds 0 is not a whole number/],
  [{ labelledShare: 1 }, /a batch of 4 can't be shared as 1 to 0/],
])('refuses %j', async (more, message) => {
  const adapting = adaptModel(await makeOptions(more));
  await expect(adapting).rejects.toThrow(ArgumentError);
  await expect(adapting).rejects.toThrow(message);
});
