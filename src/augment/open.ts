// Labelled faces as a source of batches: read and checked once, changed anew in every epoch.
import { DataError, ImageError } from '../base/errors.ts';
import { checkCounts } from '../base/samples.ts';
import type { CropRule } from '../base/crop-rules.ts';
import { wholeNumber } from '../base/options.ts';
import { augmentation, type Augmentation, type AugmentationOptions } from './augment.ts';
import type { Batch, BatchSource } from '../base/batch.ts';
import { makeStore, type TrainingSample } from './cutouts.ts';
import { checkFlipTable } from './flip-table.ts';
import { makeAhead } from './make-ahead.ts';
import { startPool, type RenderPool } from './pool.ts';
import { randomFrom, shuffled } from '../base/random.ts';
import type { RenderJob, RenderSetup } from './render.ts';

export interface BatchOptions {
  /** All with the same number of landmarks. */
  samples: readonly TrainingSample[];
  /** Folder that the samples' names start from. */
  images: string;
  /** Side of the pictures in pixels; epochs of smaller ones can be asked for. */
  size: number;
  /** Faces a batch. */
  batch: number;
  /** Whole number; the same seed gives the same batches, with any number of workers. */
  seed: number;
  /** False for measuring: faces as they are and in their order. */
  augment: AugmentationOptions | false;
  cropRule: CropRule;
  mean: readonly number[];
  std: readonly number[];
  /** Where each landmark of a mirrored face comes from (see flip-table.ts); without it faces aren't mirrored. */
  flip?: readonly number[];
  /** Threads that prepare batches ahead of their use; 0 prepares each when it is asked for. Default 1. */
  workers?: number;
  /** Memory for decoded pictures, in bytes; those that don't fit are decoded in every epoch. Default 1 GiB. */
  cacheBytes?: number;
  /** Told after each picture that was read, first when none is. */
  onProgress?: (read: number, total: number) => void;
}

/** The `sample` of a picture that can't be read, and the `reason`. */
export interface Skipped {
  sample: TrainingSample;
  reason: string;
}

export interface OpenedBatches extends BatchSource {
  /** The samples in use: `Batch.indices` counts these. */
  readonly list: readonly TrainingSample[];
  /** The samples that were left out; who opens the source must say so. */
  readonly skipped: readonly Skipped[];
}

const DEFAULT_CACHE_BYTES = 2 ** 30;

/**
 * Reads every picture once and returns a source of batches.
 *
 * With augmentation each epoch has an order of its own, and its last batch is filled up with the epoch's first faces:
 * all batches are full. Without, faces come in their order, each once, and the last batch may be shorter.
 *
 * @throws ArgumentError for an option outside its range
 * @throws DataError for no samples or samples of different landmark counts, landmarks outside of the picture, no
 *   picture that can be read
 */
export async function openBatches(options: BatchOptions): Promise<OpenedBatches> {
  const { samples, batch, flip, workers = 1, cacheBytes = DEFAULT_CACHE_BYTES, onProgress = () => {} } = options;
  check(options);
  const augment = options.augment !== false && augmentation(options.augment);
  const setup = (list: readonly TrainingSample[]): RenderSetup => ({
    samples: list,
    cutouts: {
      images: options.images,
      crop: options.cropRule,
      ...(augment ? { reach: reachOf(augment), leastSide: options.size } : AS_IS),
    },
    store: makeStore(list.length, cacheBytes),
    size: options.size,
    mean: options.mean,
    std: options.std,
    seed: options.seed,
    augment: augment && !flip ? { ...augment, flip: { chance: 0 } } : augment,
    ...(flip ? { flip } : {}),
  });

  let pool = startPool(setup(samples), workers);
  try {
    const skipped = await readAll(pool, samples, Math.max(1, 2 * workers), onProgress);
    if (skipped.length === samples.length)
      throw new DataError(`none of the ${samples.length} pictures can be read; the first: ${skipped[0].reason}`);
    let list = samples;
    if (skipped.length > 0) {
      // Rare enough to read what is left once more, so that samples are counted without gaps.
      const lost = new Set(skipped.map(({ sample }) => sample));
      list = samples.filter((sample) => !lost.has(sample));
      await pool.dispose();
      pool = startPool(setup(list), workers);
    }
    return new Source({ pool, list, skipped, size: options.size, batch, seed: options.seed, shuffle: augment !== false, workers });
  } catch (error) {
    await pool.dispose();
    throw error;
  }
}

/** Crops that aren't changed read themselves only, in the picture's own pixels, as inference does. */
const AS_IS = { reach: 1, leastSide: Infinity };

/** A circle about the crop, larger by the greatest scale and shift. */
function reachOf({ rotation, scale, shift }: Augmentation): number {
  const turned = rotation.chance > 0 && rotation.degrees > 0 ? Math.SQRT2 : 1;
  return turned * (1 + (scale.chance > 0 ? scale.share : 0) + (shift.chance > 0 ? 2 * shift.share : 0));
}

interface SourceParts {
  pool: RenderPool;
  list: readonly TrainingSample[];
  skipped: readonly Skipped[];
  size: number;
  batch: number;
  seed: number;
  shuffle: boolean;
  workers: number;
}

class Source implements OpenedBatches {
  readonly landmarks: number;
  readonly samples: number;
  readonly batches: number;
  readonly list: readonly TrainingSample[];
  readonly skipped: readonly Skipped[];
  readonly #parts: SourceParts;

  constructor(parts: SourceParts) {
    const { list, skipped, batch } = parts;
    this.landmarks = list[0].points.length / 2;
    this.samples = list.length;
    this.batches = Math.ceil(list.length / batch);
    this.list = list;
    this.skipped = skipped;
    this.#parts = parts;
  }

  epoch(epoch: number, size = this.#parts.size): AsyncGenerator<Batch> {
    const { pool, workers } = this.#parts;
    return makeAhead(this.#jobs(epoch, size), workers, (job) => pool.render(job));
  }

  async dispose(): Promise<void> {
    await this.#parts.pool.dispose();
  }

  #jobs(epoch: number, size: number): RenderJob[] {
    const { list, batch, seed, shuffle } = this.#parts;
    const order = shuffle ? shuffled(list.length, randomFrom(seed, epoch)) : Int32Array.from(list.keys());
    return Array.from({ length: this.batches }, (_, i) => {
      const first = i * batch;
      const length = shuffle ? batch : Math.min(batch, list.length - first);
      return { epoch, first, size, indices: Int32Array.from({ length }, (_, k) => order[(first + k) % list.length]) };
    });
  }
}

async function readAll(
  pool: RenderPool,
  samples: readonly TrainingSample[],
  lanes: number,
  onProgress: (read: number, total: number) => void,
): Promise<Skipped[]> {
  const skipped: Skipped[] = [];
  let next = 0;
  let read = 0;
  onProgress(0, samples.length);
  const lane = async () => {
    while (next < samples.length) {
      const index = next++;
      try {
        await pool.load(index);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        skipped.push({ sample: samples[index], reason: `${samples[index].source}: ${error.message}` });
      }
      onProgress(++read, samples.length);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return skipped.sort((a, b) => samples.indexOf(a.sample) - samples.indexOf(b.sample));
}

function check({ samples, size, batch, seed, flip, workers = 1, cacheBytes = DEFAULT_CACHE_BYTES }: BatchOptions): void {
  wholeNumber(16, 4096)(size, 'size');
  wholeNumber(1, 65536)(batch, 'batch');
  wholeNumber(0, 2 ** 32 - 1)(seed, 'seed');
  wholeNumber(0, 64)(workers, 'workers');
  wholeNumber(0, 2 ** 34)(cacheBytes, 'cacheBytes');
  if (samples.length === 0) throw new DataError('no samples: a source of batches needs one face at least');
  checkCounts(samples);
  if (flip) checkFlipTable(flip, samples[0].points.length / 2);
}
