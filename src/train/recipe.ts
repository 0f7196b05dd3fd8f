/** What decides a model's weights besides the faces and the weights that it starts from. */
import { ArgumentError } from '../errors.ts';
import { CROP_RULES, type CropRuleName } from '../faces/crop.ts';
import { BACKBONES, type Backbone } from '../network/pipnet.ts';
import type { OptimiserOptions } from './optimiser.ts';

/** Epochs at one size of the crops. */
export interface Stage {
  /** Side in pixels, a multiple of 32. */
  size: number;
  epochs: number;
}

export interface Recipe extends OptimiserOptions {
  backbone: Backbone;
  /** Neighbours that each landmark predicts. */
  neighbours: number;
  /** One after the other; the learning rate's schedule spans all. The model is for the size that it saw last. */
  stages: readonly Stage[];
  /** Faces a step. */
  batch: number;
  /** Learning rate at its highest. */
  rate: number;
  /** Epochs over which it rises. */
  warmup: number;
  /** Epochs after which it falls to a tenth; without them it falls along a cosine. */
  drops?: readonly number[] | undefined;
  /** Threads that share each batch. */
  threads: number;
  /** Threads that prepare batches. */
  workers: number;
  /** The same seed and thread count give the same weights. */
  seed: number;
  crop: CropRuleName;
  /** Whether faces are mirrored. */
  flip: boolean;
  /** Prefixes of parameters that stay as they are, such as `features.0.`. */
  frozen: readonly string[];
}

export const RECIPE: Recipe = {
  backbone: 'mobilenet_v2', neighbours: 10,
  stages: [{ size: 256, epochs: 60 }],
  batch: 16, rate: 5e-4, warmup: 1, drops: undefined,
  optimiser: 'adamw', weightDecay: 0.01, clip: 0, ema: 0.995,
  threads: 1, workers: 1, seed: 1,
  crop: '300w', flip: true, frozen: [],
};

/** The networks that train have this stride. */
export const STRIDE = 32;

/**
 * The given recipe, the rest as in `RECIPE`.
 *
 * @throws ArgumentError for a value outside its range; optimiser, threads and workers are checked by who uses them
 */
export function checkRecipe(given: Partial<Recipe>): Recipe {
  const names = Object.keys(RECIPE) as (keyof Recipe)[];
  // Only these: whoever gives a recipe may have other options beside.
  const recipe = Object.fromEntries(names.map((name) => [name, given[name] ?? RECIPE[name]])) as unknown as Recipe;
  const { backbone, crop, stages, rate, warmup, drops, neighbours } = recipe;
  if (!BACKBONES.includes(backbone)) throw new ArgumentError(`backbone ${backbone} is unknown: use one of ${BACKBONES.join(', ')}`);
  if (!Object.hasOwn(CROP_RULES, crop)) throw new ArgumentError(`crop rule ${crop} is unknown: use one of ${Object.keys(CROP_RULES).join(', ')}`);
  if (stages.length === 0) throw new ArgumentError('no stages: give at least one size and its epochs');
  for (const { size, epochs } of stages) {
    if (!(size > 0 && size % STRIDE === 0 && size <= 1024)) throw new ArgumentError(`size ${size} is not a multiple of ${STRIDE} up to 1024`);
    if (!(Number.isInteger(epochs) && epochs >= 1)) throw new ArgumentError(`${epochs} epochs are not a whole number of 1 or more`);
  }
  if (!(rate > 0)) throw new ArgumentError(`learning rate ${rate} is not a number above 0`);
  if (!(warmup >= 0)) throw new ArgumentError(`warm-up of ${warmup} epochs is not a number of 0 or more`);
  if (drops?.some((epoch, i) => !(epoch > (drops[i - 1] ?? 0)))) throw new ArgumentError(`the rate falls after epochs ${drops.join(', ')}: give rising numbers`);
  if (!(Number.isInteger(neighbours) && neighbours >= 0)) throw new ArgumentError(`${neighbours} neighbours are not a whole number of 0 or more`);
  return recipe;
}

/** Epochs of all stages. */
export function epochsOf({ stages }: Recipe): number {
  return stages.reduce((sum, { epochs }) => sum + epochs, 0);
}
