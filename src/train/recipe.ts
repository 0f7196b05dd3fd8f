/** What decides a model's weights besides the faces and the weights that it starts from. */
import { ArgumentError } from '../base/errors.ts';
import { CROP_RULES, type CropRuleName } from '../base/crop-rules.ts';
import { MAX_DEPTH } from '../network/mobilenet-v2.ts';
import { BACKBONES, MAX_FEATURES, MAX_WIDTH, MIN_WIDTH, STRIDES, type Backbone, type Stride } from '../network/pipnet.ts';
import { flag, known, listOf, number, objectOf, oneOf, rule, text, wholeNumber, type Table } from '../base/options.ts';
import { quote } from '../base/quote.ts';
import { OPTIMISER_OPTIONS, type OptimiserOptions } from '../step/optimiser.ts';

/** Epochs at one size of the crops. */
export interface Stage {
  /** Side in pixels, a multiple of the network's stride. */
  size: number;
  /** How often each face is seen. */
  epochs: number;
}

/** What decides a model's weights besides the faces and the weights that it starts from. */
export interface Recipe extends OptimiserOptions {
  /** Network before the head. */
  backbone: Backbone;
  /** Input pixels per cell of the score map, 8 to 32. */
  stride: Stride;
  /** Factor on the channels of MobileNetV2. */
  width: number;
  /** How many of its stages there are, the first ones (MobileNetV2). */
  depth?: number | undefined;
  /** Channels that the maps are computed from, where they aren't the backbone's own number (MobileNetV2). */
  features?: number | undefined;
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
  /** How faces are cropped. */
  crop: CropRuleName;
  /** Whether faces are mirrored. */
  flip: boolean;
  /** Prefixes of parameters that stay as they are, such as `features.0.`. */
  frozen: readonly string[];
}

/** The default of each option (TRAINING.md tells how they were found). */
export const RECIPE: Recipe = {
  backbone: 'mobilenet_v2',
  stride: 32,
  width: 1,
  depth: undefined,
  features: undefined,
  neighbours: 10,
  stages: [{ size: 256, epochs: 60 }],
  batch: 16,
  rate: 5e-4,
  warmup: 1,
  drops: undefined,
  optimiser: 'adamw',
  weightDecay: 0.01,
  clip: 0,
  ema: 0.995,
  threads: 1,
  workers: 1,
  seed: 1,
  crop: '300w',
  flip: true,
  frozen: [],
};

/** The larger strides' own layers have biases beside batch norms, which aren't trained. */
export const TRAINED_STRIDES = STRIDES.filter((stride) => stride <= 32);

const MAX_SIZE = 1024;
const MAX_EPOCHS = 1e6;
const MAX_NEIGHBOURS = 1000;
const MAX_BATCH = 65_536;
const MAX_THREADS = 64;
const MAX_SEED = 2 ** 32 - 1;

const size = wholeNumber(1, MAX_SIZE);
const stages = listOf(objectOf<Stage>({ size, epochs: wholeNumber(1, MAX_EPOCHS) }, ['size', 'epochs']), 'stages { size, epochs }');
const epochs = listOf(number(0, MAX_EPOCHS), 'epochs');

/** The recipe's options; `threads` and `workers` are bounded by who uses them too. */
export const RECIPE_OPTIONS: Table<Recipe> = {
  ...OPTIMISER_OPTIONS,
  backbone: oneOf(...BACKBONES),
  stride: rule(`one of ${TRAINED_STRIDES.join(', ')}`, (value) => TRAINED_STRIDES.includes(value as Stride)),
  width: number(MIN_WIDTH, MAX_WIDTH),
  depth: wholeNumber(1, MAX_DEPTH),
  features: wholeNumber(1, MAX_FEATURES),
  neighbours: wholeNumber(0, MAX_NEIGHBOURS),
  stages(value, name) {
    const given = stages(value, name);
    if (given.length === 0) throw new ArgumentError('no stages: give at least one size and its epochs');
    return given;
  },
  batch: wholeNumber(1, MAX_BATCH),
  rate: rule('a number above 0', (value) => typeof value === 'number' && value > 0 && value < Infinity),
  warmup: number(0, MAX_EPOCHS),
  drops(value, name) {
    const given = epochs(value, name);
    if (given.some((epoch, i) => epoch <= (given[i - 1] ?? 0)))
      throw new ArgumentError(`${name} ${quote(given)} are no rising epochs after which the rate falls`);
    return given;
  },
  threads: wholeNumber(1, MAX_THREADS),
  workers: wholeNumber(0, MAX_THREADS),
  seed: wholeNumber(0, MAX_SEED),
  crop: oneOf(...(Object.keys(CROP_RULES) as CropRuleName[])),
  flip: flag,
  frozen: listOf(text, 'beginnings of names'),
};

/**
 * The given recipe, the rest as in `RECIPE`. Who gives a recipe may have other options beside: they are left out.
 *
 * @throws ArgumentError for a value outside its range
 */
export function checkRecipe(given: Partial<Recipe>): Recipe {
  const recipe = { ...RECIPE, ...known(given, RECIPE_OPTIONS) };
  const odd = recipe.stages.find(({ size }) => size % recipe.stride !== 0);
  if (odd) throw new ArgumentError(`size ${odd.size} is not a multiple of ${recipe.stride}, the network's stride`);
  return recipe;
}

/** Epochs of all stages. */
export function epochsOf({ stages }: Recipe): number {
  return stages.reduce((sum, { epochs }) => sum + epochs, 0);
}
