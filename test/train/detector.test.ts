import { expect, test } from 'vitest';
import { facegrid } from '../../src/network/facegrid.ts';
import { randomFrom } from '../../src/base/random.ts';
import { SceneRenderer, turnSize, type ScenePicture } from '../../src/augment/scene.ts';
import { detectionCriterion } from '../../src/step/detection-criterion.ts';
import { FACE, FACE_NUMBERS, rollOf } from '../../src/base/detection.ts';
import { initialise } from '../../src/step/initialise.ts';
import { Trainer } from '../../src/step/trainer.ts';

const SIZE = 96;

/** Flat pictures on which a face is a disc with dark eyes: what is drawn is known exactly. */
function disc(): ScenePicture {
  const side = 120;
  const data = new Uint8Array(side * side * 3).fill(90);
  const spot = (x: number, y: number, radius: number, colour: number[]) => {
    for (let v = 0; v < side; v++)
      for (let u = 0; u < side; u++) if (Math.hypot(u + 0.5 - x, v + 0.5 - y) < radius) data.set(colour, (v * side + u) * 3);
  };
  const points = [48, 50, 72, 50, 60, 62, 50, 74, 70, 74];
  spot(60, 60, 30, [220, 180, 160]);
  spot(48, 50, 5, [255, 0, 0]);
  spot(72, 50, 5, [0, 0, 255]);
  return {
    levels: [{ data, width: side, height: side }],
    faces: [{ box: { x: 30, y: 25, width: 60, height: 70 }, points, certain: true }],
  };
}

const empty = (): ScenePicture => ({
  levels: [{ data: new Uint8Array(64 * 64 * 3).fill(40), width: 64, height: 64 }],
  faces: [],
});

const setup = (pictures: ScenePicture[]) => ({ pictures, size: 160, seed: 3, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] });

test('the same job gives the same mosaic', async () => {
  const job = { epoch: 2, first: 8, indices: Int32Array.of(0, 1, 0) };
  const [one, two] = await Promise.all([0, 1].map(() => new SceneRenderer(setup([disc(), empty()])).render(job)));
  expect(two.images).toEqual(one.images);
  expect(two.faces).toEqual(one.faces);
});

test('points lie on what they name, however the face is turned and mirrored', async () => {
  const { images, faces } = await new SceneRenderer(setup([disc(), empty()])).render({ epoch: 0, first: 0, indices: new Int32Array(40) });
  let checked = 0;
  for (let at = 0; at < faces.length; at += FACE_NUMBERS) {
    const [picture, certain, , , width] = faces.subarray(at, at + FACE_NUMBERS);
    if (certain !== 1 || width < 40) continue;
    // Mirrored, the red eye is the left one: one of the two points lies on red, the other on blue, unless something is in front.
    const colours = [0, 1].map((eye) => {
      const [u, v] = [faces[at + FACE.points + 2 * eye], faces[at + FACE.points + 2 * eye + 1]].map(Math.floor);
      if (u < 1 || v < 1 || u >= 159 || v >= 159) return undefined;
      const p = (picture * 160 * 160 + v * 160 + u) * 3;
      return images[p] - images[p + 2];
    });
    if (colours[0] === undefined || colours[1] === undefined || Math.abs(colours[0] - colours[1]) < 60) continue;
    expect(Math.sign(colours[0])).toBe(-Math.sign(colours[1]));
    checked++;
  }
  expect(checked).toBeGreaterThan(8);
});

test('a box turned by a quarter has its sides exchanged, by a half is the same, between is not larger', () => {
  const size = (to: number) => turnSize(60, 80, 0, to).map((side) => Math.round(side * 1e6) / 1e6);
  expect(size(Math.PI / 2)).toEqual([80, 60]);
  expect(size(Math.PI)).toEqual([60, 80]);
  expect(size(Math.PI / 4)).toEqual([70, 70]);
  expect(turnSize(80, 60, Math.PI / 2, 0).map(Math.round)).toEqual([60, 80]);
  expect(rollOf([10, 0, 0, 0, 5, 5, 10, 10, 0, 10])).toBeCloseTo(Math.PI);
});

const picture = (random: () => number) => Float32Array.from({ length: SIZE * SIZE * 3 }, () => 2 * random() - 1);

function batch() {
  const random = randomFrom(5);
  const face = (i: number, x: number, y: number, side: number) => [
    ...[i, 1, x, y, side, side * 1.2],
    ...Array.from({ length: 10 }, (_, k) => (k % 2 ? y : x) + random() * side),
  ];
  const images = new Float32Array(2 * SIZE * SIZE * 3);
  images.set(picture(random));
  images.set(picture(random), images.length / 2);
  return { images, faces: Float32Array.from([...face(0, 20, 30, 24), ...face(0, 50, 10, 40), ...face(1, 5, 5, 70)]) };
}

const trainer = (tensors = initialise(facegrid(), 1).tensors) =>
  Trainer.of(facegrid(), 32, (engine) => detectionCriterion(engine, SIZE), { size: SIZE, tensors, kernels: 'simd' });

test('gradients of the whole network are those of finite differences', async () => {
  const { tensors } = initialise(facegrid(), 1);
  const taught = await trainer(tensors);
  await taught.computeGradients(batch());
  const gradients = taught.gradients();
  await taught.dispose();
  // Boxes and points: the quality that scores aim at moves with the boxes, and is a constant to the gradient.
  const names = ['head8.bias', 'head16.bias', 'head32.bias', 'head8.weight', 'head32.weight'];
  for (const name of names) {
    const gradient = gradients.get(name)!.data;
    const perChannel = gradient.length / 15;
    for (const channel of [7, 10, 14]) {
      const index = channel * perChannel;
      const step = 0.002;
      const losses: number[] = [];
      for (const sign of [1, -1]) {
        const data = Float32Array.from(tensors.get(name)!.data);
        data[index] += sign * step;
        const moved = await trainer(new Map([...tensors, [name, { ...tensors.get(name)!, data }]]));
        losses.push((await moved.computeGradients(batch())).parts.points);
        await moved.dispose();
      }
      const difference = (losses[0] - losses[1]) / (2 * step);
      expect(Math.abs(gradient[index] - difference), `${name} ${channel}`).toBeLessThan(0.02 * Math.abs(difference) + 1e-4);
    }
  }
});

test('a batch is learned by heart', async () => {
  const learner = await trainer();
  const first = await learner.step(batch(), 0.003);
  let last = first;
  for (let step = 0; step < 60; step++) last = await learner.step(batch(), 0.003);
  expect(last.loss).toBeLessThan(0.4 * first.loss);
  await learner.dispose();
});
