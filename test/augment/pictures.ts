/** Pictures of dots that tests can find again, and how to find them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { CROP_RULES } from '../../src/base/crop-rules.ts';
import { encodePng } from '../../src/image/encode.ts';
import type { AugmentationOptions } from '../../src/augment/augment.ts';
import type { TrainingSample } from '../../src/augment/cutouts.ts';
import { openBatches, type BatchOptions, type OpenedBatches } from '../../src/augment/open.ts';
import type { Pixels } from '../../src/base/types.ts';

/** Five landmarks of a face, symmetric: eyes, nose, corners of the mouth. Its mirror image swaps 0 and 1, 3 and 4. */
export const FACE = [-40, -30, 40, -30, 0, 5, -30, 45, 30, 45];
export const FLIP = [1, 0, 2, 4, 3];

/** Brightness of the dots by landmark, so that they can be told apart. */
export const BRIGHTNESS = [255, 215, 175, 135, 95];
export const BACKGROUND = 20;

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipnet-data-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a folder and returns its path. */
export function folderIn(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return join(folder, name);
}

/** The face at a place, as landmarks in pixels. */
export function faceAt(x: number, y: number, scale = 1): Float64Array {
  return Float64Array.from(FACE, (value, i) => value * scale + (i % 2 === 0 ? x : y));
}

/** A round dot at each landmark, on a dark ground; `deviation` is its Gaussian's, in pixels. */
export function drawDots(width: number, height: number, points: Float64Array, deviation = 2.5): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let value = BACKGROUND;
      for (let i = 0; i < points.length; i += 2) {
        const distance = Math.hypot(x - points[i], y - points[i + 1]);
        value += ((BRIGHTNESS[(i >> 1) % BRIGHTNESS.length] ?? 255) - BACKGROUND) * Math.exp(-0.5 * (distance / deviation) ** 2);
      }
      data.fill(Math.min(255, Math.round(value)), (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { data, width, height };
}

/** Writes faces as pictures of dots: `0.png`, `1.png` ... */
export async function writeFaces(
  folder: string,
  faces: Float64Array[],
  width = 240,
  height = 220,
  deviation?: number,
): Promise<TrainingSample[]> {
  return Promise.all(
    faces.map(async (points, i) => {
      const name = `${i}.png`;
      writeFileSync(join(folder, name), await encodePng(drawDots(width, height, points, deviation)));
      return { name, source: `list.txt:${i + 1}`, points };
    }),
  );
}

/** Every change switched off but those given. */
export function only(options: AugmentationOptions): AugmentationOptions {
  const off = { chance: 0 };
  return { rotation: off, shift: off, scale: off, flip: off, occlusion: off, blur: off, grey: off, colour: off, degrade: off, ...options };
}

/** A source whose pictures are values from 0 to 1; it ends with the test. */
export async function open(images: string, samples: TrainingSample[], more: Partial<BatchOptions> = {}): Promise<OpenedBatches> {
  const source = await openBatches({
    samples,
    images,
    size: 128,
    batch: 2,
    seed: 1,
    augment: false,
    cropRule: CROP_RULES['self-training'],
    mean: [0, 0, 0],
    std: [1, 1, 1],
    workers: 0,
    ...more,
  });
  onTestFinished(() => source.dispose());
  return source;
}

/** The centre of mass of what is brighter than the darkest pixel, about a place; in pixels. */
export function centreOfDot(
  image: Float32Array,
  size: number,
  x: number,
  y: number,
  reach: number,
): { x: number; y: number; brightest: number } {
  const pixels: { u: number; v: number; value: number }[] = [];
  for (let v = Math.ceil(y - reach); v <= y + reach; v++) {
    for (let u = Math.ceil(x - reach); u <= x + reach; u++) pixels.push({ u, v, value: image[(v * size + u) * 3] });
  }
  const darkest = Math.min(...pixels.map(({ value }) => value));
  const brightest = Math.max(...pixels.map(({ value }) => value));
  // What is dim may belong to another dot's foot or to compression.
  const bright = pixels.map((pixel) => ({ ...pixel, value: Math.max(0, pixel.value - darkest - 0.1 * (brightest - darkest)) }));
  const sum = bright.reduce((total, { value }) => total + value, 0);
  const mean = (of: (pixel: { u: number; v: number }) => number) =>
    bright.reduce((total, pixel) => total + pixel.value * of(pixel), 0) / sum;
  return { x: mean(({ u }) => u), y: mean(({ v }) => v), brightest };
}
