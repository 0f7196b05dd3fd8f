/** Crops as they are sampled for a network, window by window, against the slow twin that sees the whole picture. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box, Pixels } from '../../src/base/types.ts';
import { Engine } from '../../src/engine/engine.ts';
import { exactCrop, type Crop } from '../../src/faces/crop.ts';
import { cropResize, type Border } from '../../src/schedule/crop-resize.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { cropAffine, halve } from '../reference/kernels.ts';
import { mulberry32 } from '../reference/random.ts';

const SIZE = 24;
const MEAN = [100, 110, 120];
const STD = [50, 60, 70];

let engine: Engine;
beforeAll(async () => void (engine = await Engine.create(inlinedKernels(), { kernels: 'simd' })));

function noise(width: number, height: number, channels: number): Pixels {
  const random = mulberry32(width * height + channels);
  return { data: Uint8Array.from({ length: width * height * channels }, () => Math.floor(256 * random())), width, height };
}

function sample(pixels: Pixels, crop: Crop, border: Border): Float32Array {
  const input = { address: engine.arenaBase, width: SIZE, height: SIZE, channels: 3 };
  const schedule = { input, arenaBytes: SIZE * SIZE * 3 * 4 } as unknown as Schedule;
  cropResize(engine, schedule, pixels, crop.grid(SIZE), { mean: MEAN, std: STD, order: 'rgb' }, border, 'bilinear');
  return engine.floats(input.address, SIZE * SIZE * 3).slice();
}

/** From the whole picture, halved until samples are less than two pixels apart. */
function reference(pixels: Pixels, crop: Crop, border: Border): Float64Array {
  let { width, height } = pixels;
  let data: ArrayLike<number> = pixels.data;
  const bytesPerPixel = data.length / (width * height);
  const { x, stepX, turnX, y, turnY, stepY } = crop.grid(SIZE);
  let unit = 1;
  for (; Math.min(Math.hypot(stepX, turnY), Math.hypot(turnX, stepY)) >= 2 * unit; unit *= 2) {
    data = halve(data, width, height, bytesPerPixel);
    [width, height] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  }
  return cropAffine(
    data,
    STD.map((std) => 1 / std),
    MEAN.map((mean, i) => -mean / STD[i]),
    {
      ...{ width, height, border, bytesPerPixel, outWidth: SIZE, outHeight: SIZE, nearest: false, reverse: false },
      ...{ originX: (x + 0.5) / unit - 0.5, stepX: stepX / unit, turnX: turnX / unit },
      ...{ originY: (y + 0.5) / unit - 0.5, turnY: turnY / unit, stepY: stepY / unit },
    },
  );
}

const inside: Box = { x: 20, y: 15, width: 40, height: 50 };

describe.each<[string, Pixels, Box]>([
  ['a crop inside', noise(90, 80, 4), inside],
  ['a crop over the border', noise(50, 50, 3), inside],
  ['a crop outside', noise(10, 10, 3), inside],
  ['a crop of a part of a pixel', noise(30, 30, 3), { x: 14.2, y: 13.9, width: 0.3, height: 0.2 }],
  ['a picture of one pixel', noise(1, 1, 3), { x: -2, y: -3, width: 5, height: 6 }],
  // More than one window: 3.6 MB.
  ['a large crop that shrinks', noise(1000, 900, 4), { x: -50, y: 100, width: 950, height: 700 }],
])('%s', (_, pixels, box) => {
  it.each([0, 7, 45, 90, -130, 180])('turned by %d degrees', (degrees) => {
    const crop = exactCrop(box, (degrees * Math.PI) / 180);
    for (const border of ['zero', 'clamp'] as const) {
      const got = sample(pixels, crop, border);
      const expected = reference(pixels, crop, border);
      // Where a mean lies between two bytes, the last bit decides.
      const far = got.filter((value, i) => Math.abs(value - expected[i]) > 1e-5);
      expect(far.length).toBeLessThanOrEqual(got.length / 1000);
      got.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(1.01 / Math.min(...STD)));
    }
  });
});

it.each([1e6, 1e9, 1e15])('a crop of %d pixels, or as far away: finite inputs, soon', (size) => {
  const pixels = noise(40, 30, 3);
  const start = performance.now();
  for (const roll of [0, 1]) {
    for (const box of [
      { x: -size, y: -size, width: size, height: size },
      { x: size, y: 3, width: 10, height: 10 },
      { x: -size / 2, y: 3, width: size, height: 1e-9 },
    ]) {
      expect(sample(pixels, exactCrop(box, roll), 'zero').every((value) => Number.isFinite(value))).toBe(true);
      expect(sample(pixels, exactCrop(box, roll), 'clamp').length).toBe(SIZE * SIZE * 3);
    }
  }
  expect(performance.now() - start).toBeLessThan(10_000);
});

it('fine stripes, a third of them bright, become grey instead of coarse stripes', () => {
  const width = 960;
  const data = Uint8Array.from({ length: width * width * 3 }, (_, i) => (Math.floor(i / 3) % 3 === 0 ? 240 : 0));
  for (const roll of [0, 0.3]) {
    const values = sample({ data, width, height: width }, exactCrop({ x: 200, y: 200, width: 500, height: 500 }, roll), 'zero');
    const bytes = values.map((value, i) => value * STD[i % 3] + MEAN[i % 3]);
    expect(Math.max(...bytes) - Math.min(...bytes)).toBeLessThan(60);
    expect(bytes.reduce((sum, byte) => sum + byte) / bytes.length).toBeCloseTo(80, -1);
  }
});
