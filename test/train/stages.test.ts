import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { CROP_RULES, landmarkBox, supervisedCrop } from '../../src/base/crop-rules.ts';
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

test('a network of half the width at stride 16 trains, and its file says so', async () => {
  const options = await makeOptions({ backbone: 'mobilenet_v2', width: 0.5, stride: 16, depth: 5, features: 64 });
  const { model, history } = await trainModel({ ...options, stages: [{ size: 80, epochs: 1 }] });
  expect(model).toMatchObject({ inputSize: 80, architecture: { stride: 16, width: 0.5, depth: 5, features: 64 } });
  expect(history[0].nme).toBeGreaterThan(0);
  expect(readModel(readFileSync(options.out))).toMatchObject({ inputSize: 80, architecture: model.architecture });
});

test('labels that lie beside what the picture shows train as those that do not, and the model knows', async () => {
  const options = await makeOptions({ stages: [{ size: 64, epochs: 1 }] });
  const { model } = await trainModel(options);
  const [dx, dy] = [0.01, 0.02];
  const lines = readFileSync(options.list, 'utf8').split('\n');
  const beside = lines.map((line) => {
    const [name, ...words] = line.split(' ');
    const points = Float64Array.from(words, Number);
    const { width, height } = supervisedCrop(landmarkBox(points), CROP_RULES['300w']);
    return [name, ...points.map((value, i) => value + (i % 2 === 0 ? dx * width : dy * height))].join(' ');
  });
  writeFileSync(options.list, [`# label-offset ${dx} ${dy}`, ...beside].join('\n'));
  const { model: other, history } = await trainModel({ ...options, out: `${options.out}.other` });
  expect(other.labelOffset).toEqual([dx, dy]);
  expect(model.labelOffset).toBeUndefined();
  other.meanFace.forEach((value, i) => expect(value).toBeCloseTo(model.meanFace[i], 9));
  const weights = model.tensors.get('cls_layer.weight')!.data;
  other.tensors.get('cls_layer.weight')!.data.forEach((value, i) => expect(value).toBeCloseTo(weights[i], 4));
  expect(history[0].nme).toBeGreaterThan(0);
});

test.each<[Partial<TrainOptions>, RegExp]>([
  [{ stages: [] }, /no stages/],
  [{ stages: [{ size: 50, epochs: 1 }] }, /size 50 is not a multiple of 32/],
  [{ stages: [{ size: 72, epochs: 1 }], stride: 16 }, /size 72 is not a multiple of 16/],
  [{ stride: 64 }, /stride 64 is not one of 8, 16, 32/],
  [{ backbone: 'mobilenet_v3', width: 0.5 }, /mobilenet_v3 has a fixed width/],
  [{ stages: [{ size: 64, epochs: 0 }] }, /epochs 0 is not a whole number/],
  [{ rate: 0 }, /rate 0 is not a number above 0/],
  [{ backbone: 'vgg' as never }, /backbone "vgg" is not one of/],
  [{ crop: 'toString' as never }, /crop "toString" is not one of/],
])('refuses %j', async (more, message) => {
  const training = makeOptions(more).then((options) => trainModel(options));
  await expect(training).rejects.toThrow(ArgumentError);
  await expect(training).rejects.toThrow(message);
});
