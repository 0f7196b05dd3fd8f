/** No stage from picture to landmarks moves what it shows: drawn dots, whose places are known, are found there to 0.01 px. */
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { CROP_RULES, landmarkBox, supervisedCrop } from '../../src/base/crop-rules.ts';
import { exactCrop } from '../../src/faces/crop.ts';
import { pipnet } from '../../src/network/pipnet.ts';
import { decode } from '../../src/pip/decode.ts';
import { findNeighbours } from '../../src/pip/neighbours.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { cropResize } from '../../src/schedule/crop-resize.ts';
import { readTensor, Runner } from '../../src/schedule/runner.ts';
import type { AugmentationOptions } from '../../src/augment/augment.ts';
import { cropFace } from '../../src/datasets/crop-face.ts';
import type { Box, Pixels } from '../../src/base/types.ts';
import { goldenTensors } from '../weights/models.ts';
import { BACKGROUND, drawDots, faceAt, FLIP, folderIn, only, open, temporaryFolder, writeFaces } from './pictures.ts';

/** Pixels of the network's input; of 256 it is half of a per cent of what was looked for. */
const TOLERANCE = 0.01;
const SIZE = 128;
const RULE = CROP_RULES['300w'];

const always = { chance: 1 };
const moving: AugmentationOptions = { rotation: always, shift: always, scale: always };

/** The centre of mass of a dot on the known ground, in pixels of the picture. */
function centre(image: ArrayLike<number>, size: number, x: number, y: number, reach: number): [number, number] {
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let v = Math.round(y) - reach; v <= Math.round(y) + reach; v++) {
    for (let u = Math.round(x) - reach; u <= Math.round(x) + reach; u++) {
      const value = image[(v * size + u) * 3] - BACKGROUND / 255;
      sum += value;
      sumX += value * u;
      sumY += value * v;
    }
  }
  return [sumX / sum, sumY / sum];
}

/** Mean signed distance of the dots from the points (in units of the picture), in pixels. */
class Offset {
  #sum = [0, 0];
  count = 0;

  add(image: ArrayLike<number>, size: number, points: ArrayLike<number>, reach: number): void {
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i] * size, points[i + 1] * size];
      if (!(Math.min(x, y) > reach + 1 && Math.max(x, y) < size - reach - 2)) continue;
      const [foundX, foundY] = centre(image, size, x, y, reach);
      this.#sum[0] += foundX - x;
      this.#sum[1] += foundY - y;
      this.count++;
    }
  }

  expectNone(what: string): void {
    expect(this.count, what).toBeGreaterThan(4);
    for (const sum of this.#sum)
      expect(Math.abs(sum / this.count), `${what}: ${this.#sum.join(', ')} of ${this.count}`).toBeLessThan(TOLERANCE);
  }
}

/** As large as the input, half and four times as large. */
const SCALES = [1, 0.6, 4];

test.each<[string, AugmentationOptions | false]>([
  ['nothing', false],
  ['mirroring', only({ flip: always })],
  ['all that moves', only(moving)],
  ['all that moves, mirrored', only({ ...moving, flip: always })],
  ['the crop laid anew, mirrored', only({ ...moving, refit: true, flip: always })],
  ['blur', only({ blur: { chance: 1, radius: 3 } })],
  ['few pixels and compression', only({ degrade: { chance: 1, shrink: 2, quality: 80 }, flip: { chance: 0.5 } })],
])('batches: %s', async (name, augment) => {
  const folder = temporaryFolder();
  for (const scale of SCALES) {
    const faces = [0, 0.13, 0.37, 0.71].map((part) => faceAt(100 * scale + 20 + part, 110 * scale + 20 + 2 * part, scale));
    const place = `${scale}`;
    const side = Math.round(220 * scale + 40);
    const samples = await writeFaces(folderIn(folder, place), faces, side, side, 2.5 * Math.max(scale, 1));
    const source = await open(
      folder,
      samples.map((sample) => ({ ...sample, name: `${place}/${sample.name}` })),
      { augment, cropRule: { ...RULE, margin: 0.4 }, size: SIZE, flip: FLIP },
    );
    const offset = new Offset();
    for (let epoch = 0; epoch < 4; epoch++) {
      for await (const { images, points, indices } of source.epoch(epoch)) {
        for (let face = 0; face < indices.length; face++) {
          offset.add(images.subarray(face * SIZE * SIZE * 3), SIZE, points.subarray(10 * face, 10 * face + 10), 13);
        }
      }
    }
    offset.expectNone(`${name}, scale ${scale}`);
  }
});

/** The picture from right to left. */
function mirrored({ data, width, height }: Pixels): Pixels {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out.set(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3), (y * width + width - 1 - x) * 3);
  }
  return { data: out, width, height };
}

test("the network's input, of the picture and of its mirror image", async () => {
  const engine = await Engine.create(inlinedKernels());
  const network = pipnet({ backbone: 'mobilenet_v2', stride: 32, landmarks: 5, neighbours: 2 });
  const schedule = new Runner(engine, network, goldenTensors(network), ['cls']).prepare(SIZE, SIZE);
  for (const scale of SCALES) {
    const offset = new Offset();
    for (const part of [0, 0.13, 0.37, 0.71]) {
      const points = faceAt(100 * scale + 20 + part, 110 * scale + 20 + 2 * part, scale);
      const picture = drawDots(Math.round(220 * scale + 40), Math.round(230 * scale + 40), points, 2.5 * Math.max(scale, 1));
      const box = supervisedCrop(landmarkBox(points), { ...RULE, margin: 0.4 });
      const units = points.map((value, i) => (i % 2 === 0 ? (value - box.x) / box.width : (value - box.y) / box.height));
      const look = (pixels: Pixels, crop: Box, places: Float64Array) => {
        const { grid, border } = exactCrop(crop);
        cropResize(engine, schedule, pixels, grid(SIZE), { mean: [0, 0, 0], std: [255, 255, 255], order: 'rgb' }, border, 'bilinear');
        offset.add(readTensor(engine, schedule.input), SIZE, places, 13);
      };
      look(picture, box, units);
      look(
        mirrored(picture),
        { ...box, x: picture.width - 1 - (box.x + box.width) },
        units.map((value, i) => (i % 2 === 0 ? 1 - value : value)),
      );
    }
    offset.expectNone(`scale ${scale}`);
  }
});

test('crops that are prepared', () => {
  const offset = new Offset();
  for (const [scale, maxSize] of [
    [1, 500],
    [3, SIZE],
  ]) {
    const points = faceAt(120.3 * scale, 130.8 * scale, scale);
    const picture = drawDots(260 * scale, 280 * scale, points, 2.5 * scale);
    const { pixels, toCrop } = cropFace(picture, landmarkBox(points), 1.6, maxSize);
    const units = points.map((value, i) => (i % 2 === 0 ? toCrop.x(value) : toCrop.y(value)) / pixels.width);
    offset.add(
      Array.from(pixels.data, (byte) => byte / 255),
      pixels.width,
      units,
      10,
    );
  }
  offset.expectNone('prepared');
});

test('cells and offsets as training sets them are decoded to where the landmarks are', () => {
  const [columns, rows] = [6, 4];
  const meanFace = faceAt(50, 50);
  const neighbours = findNeighbours(meanFace, 2);
  const points = Array.from(faceAt(50.3, 48.9), (value) => value / 100);
  // As assembly/train/pip-loss-f32.ts: the cell that holds the landmark, and coordinates in cells from its corner.
  const cells = Int32Array.from(FLIP, (_, l) => Math.floor(points[2 * l] * columns) + columns * Math.floor(points[2 * l + 1] * rows));
  const offsets = cells.reduce<number[]>((all, cell, l) => {
    const x = (landmark: number) => points[2 * landmark] * columns - (cell % columns);
    const y = (landmark: number) => points[2 * landmark + 1] * rows - Math.floor(cell / columns);
    return [...all, x(l), y(l), ...neighbours.of[l].map(x), ...neighbours.of[l].map(y)];
  }, []);
  const { own, merged } = decode({ columns, rows, cells, scores: new Float32Array(5), offsets: Float32Array.from(offsets) }, neighbours);
  for (const found of [own, merged]) found.forEach((value, i) => expect(value).toBeCloseTo(points[i], 6));
});
