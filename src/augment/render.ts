// A batch's faces, one after the other: cutout, plan, warp, filters. The same in the thread that asks and in workers.
import type { CropRule } from '../base/crop-rules.ts';
import { drawPlan, UNCHANGED, type Augmentation, type Plan } from './augment.ts';
import type { Batch } from '../base/batch.ts';
import { cutoutOf, type CutoutRule, type CutoutStore, type TrainingSample } from './cutouts.ts';
import { degrade, DegradeScratch } from './degrade.ts';
import { blur, normalise, occlude, recolour } from './filters.ts';
import { place, placePoints } from './place.ts';
import { randomFrom } from '../base/random.ts';
import { warp, type Cutout } from './warp.ts';

/** What a renderer needs to know; it can be sent to a thread. */
export interface RenderSetup {
  samples: readonly TrainingSample[];
  cutouts: CutoutRule;
  store: CutoutStore;
  /** Side of the largest pictures that are asked for. */
  size: number;
  mean: readonly number[];
  std: readonly number[];
  /** False: faces as they are. */
  augment: Augmentation | false;
  /** See flip-table.ts; without it nothing may be mirrored. */
  flip?: readonly number[];
  seed: number;
}

/** A batch to make: its samples, and where in which epoch it begins. */
export interface RenderJob {
  epoch: number;
  first: number;
  indices: Int32Array;
  /** Side of the pictures in pixels. */
  size: number;
}

/** Below this many pixels a blur changes nothing that a byte could hold. */
const LEAST_BLUR = 0.1;

export class Renderer {
  readonly #setup: RenderSetup;
  readonly #scratch: Float32Array;
  readonly #degradeScratch: DegradeScratch;

  constructor(setup: RenderSetup) {
    this.#setup = setup;
    this.#scratch = new Float32Array(setup.size * setup.size * 3);
    this.#degradeScratch = new DegradeScratch(setup.size);
  }

  /**
   * Decodes a sample's picture into the store.
   *
   * @throws ImageError, DataError as `cutoutOf`
   */
  async load(index: number): Promise<void> {
    await this.#cutout(index);
  }

  async render({ epoch, first, indices, size }: RenderJob): Promise<Batch> {
    const { samples, augment, seed, cutouts } = this.#setup;
    const landmarks = samples[0].points.length / 2;
    const images = new Float32Array(indices.length * size * size * 3);
    const points = new Float32Array(indices.length * landmarks * 2);
    for (const [i, index] of indices.entries()) {
      const plan = augment ? drawPlan(randomFrom(seed, epoch, first + i), augment) : UNCHANGED;
      const image = images.subarray(i * size * size * 3, (i + 1) * size * size * 3);
      this.#draw(
        image,
        size,
        points.subarray(i * landmarks * 2, (i + 1) * landmarks * 2),
        samples[index],
        await this.#cutout(index),
        plan,
        cutouts.crop,
      );
    }
    return { images, points, indices };
  }

  #cutout(index: number): Promise<Cutout> {
    const { samples, cutouts, store } = this.#setup;
    return cutoutOf(index, samples[index], cutouts, store);
  }

  #draw(image: Float32Array, size: number, points: Float32Array, sample: TrainingSample, cutout: Cutout, plan: Plan, rule: CropRule): void {
    const { mean, std, flip } = this.#setup;
    const grid = place(sample, rule, plan);
    placePoints(points, sample.points, grid, plan.flip ? flip : undefined);
    warp(image, size, cutout, grid);
    // In the order in which a camera does it: what is in front of the face, light, lens, few pixels and compression.
    if (plan.occlusion) occlude(image, size, plan.occlusion);
    if (plan.brightness !== 1 || plan.contrast !== 1 || plan.saturation !== 1) recolour(image, plan);
    if (plan.blur * size > LEAST_BLUR) blur(image, size, plan.blur * size, this.#scratch);
    if (plan.degrade) degrade(image, size, plan.degrade, this.#degradeScratch);
    normalise(image, mean, std);
  }
}
