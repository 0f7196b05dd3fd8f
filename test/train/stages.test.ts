import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { trainModel, type TrainOptions } from '../../src/train/train-model.ts';
import { readModel, type PipnetModel } from '../../src/weights/model.ts';
import { faceAt, temporaryFolder, writeFaces } from '../augment/pictures.ts';

async function makeOptions(more: Partial<TrainOptions> = {}): Promise<TrainOptions> {
  const folder = temporaryFolder();
  const faces = await writeFaces(
    folder,
    [0, 1, 2, 3, 4, 5].map((i) => faceAt(90 + 7 * i, 90 + 5 * i, 0.8 + 0.05 * i)),
  );
  const list = join(folder, 'list.txt');
  writeFileSync(list, faces.map(({ name, points }) => `${name} ${[...points].join(' ')}`).join('\n'));
  return {
    list,
    images: folder,
    out: join(folder, 'model.safetensors'),
    val: list,
    eyes: [0, 1],
    plot: join(folder, 'curves.svg'),
    backbone: 'mobilenet_v3',
    neighbours: 3,
    batch: 4,
    workers: 0,
    stages: [
      { size: 64, epochs: 1 },
      { size: 96, epochs: 2 },
    ],
    ...more,
  };
}

test.each([2, 3])(
  'sizes one after another: stopped after step %i, it goes on to the same model',
  async (last) => {
    const whole = await makeOptions();
    const { history } = await trainModel(whole);
    expect(history.map(({ epoch, steps }) => [epoch, steps])).toEqual([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    const model = readModel(readFileSync(whole.out)) as PipnetModel;
    expect(model).toMatchObject({ inputSize: 96, scheme: 'custom' });

    const parts = await makeOptions();
    let taken = 0;
    const stopped = await trainModel(parts, { onStep: () => taken++, isStopped: () => taken === last });
    expect(stopped.finished).toBe(false);
    // The model so far is for the size that it was trained at.
    if (last === 2) expect(readModel(readFileSync(parts.out))).toMatchObject({ inputSize: 64 });
    const resumed = await trainModel({ ...parts, resume: true });
    expect(resumed.finished).toBe(true);
    expect(resumed.history.map(({ epoch, nme }) => [epoch, nme])).toEqual(history.map(({ epoch, nme }) => [epoch, nme]));
    expect(readFileSync(parts.out).equals(readFileSync(whole.out))).toBe(true);
    // The curves have the epochs from before.
    expect(
      readFileSync(parts.plot!, 'utf8')
        .match(/class="curve c0" d="M([^"]+)"/)![1]
        .split('L'),
    ).toHaveLength(3);

    const again = await trainModel({ ...parts, resume: true });
    expect(again).toMatchObject({ finished: true, steps: 6 });
    expect(again.model.inputSize).toBe(96);
    expect(again.model.tensors.get('cls_layer.bias')).toEqual(resumed.model.tensors.get('cls_layer.bias'));
  },
  120_000,
);

test.each<[Partial<TrainOptions>, RegExp]>([
  [{ stages: [] }, /no stages/],
  [{ stages: [{ size: 50, epochs: 1 }] }, /size 50 is not a multiple of 32/],
  [{ stages: [{ size: 64, epochs: 0 }] }, /epochs 0 is not a whole number/],
  [{ rate: 0 }, /rate 0 is not a number above 0/],
  [{ backbone: 'vgg' as never }, /backbone "vgg" is not one of/],
  [{ crop: 'toString' as never }, /crop "toString" is not one of/],
])('refuses %j', async (more, message) => {
  const training = makeOptions(more).then((options) => trainModel(options));
  await expect(training).rejects.toThrow(ArgumentError);
  await expect(training).rejects.toThrow(message);
});
