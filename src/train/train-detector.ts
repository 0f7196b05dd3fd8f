/** Training of a face detector from files to a file: what the command `train-detector` does. */
import { join } from 'node:path';
import { DataError } from '../base/errors.ts';
import { LOGIT } from '../faces/facegrid-code.ts';
import { FACEGRID_STRIDES, facegrid } from '../network/facegrid.ts';
import { flag, known, listOf, number, objectOf, path, readOptions, rule, text, wholeNumber, type Table } from '../base/options.ts';
import { whileLocked } from '../files/lock.ts';
import { readModelFile } from '../files/read-model-file.ts';
import { spawnThread } from '../runtimes/node/spawn-thread.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { crc32 } from '../base/crc32.ts';
import { PIXEL_MEAN, PIXEL_STD, writeModel, type FacegridModel } from '../weights/model.ts';
import { readSafetensors } from '../weights/safetensors.ts';
import type { Tensor } from '../weights/tensor.ts';
import { readCheckpoint, writeTraining, type Settings } from './checkpoint.ts';
import { curvesSvg } from './curves.ts';
import type { DetectionSample } from '../base/detection.ts';
import { isHeldOut, listFaceless, photographOf, readDetectionList } from '../datasets/detection-list.ts';
import { loadLevels } from '../augment/scene-picture.ts';
import type { ScenePicture } from '../augment/scene.ts';
import { openScenes } from '../augment/scene-source.ts';
import { detectionCriterion } from '../step/detection-criterion.ts';
import { trainEpochs } from './epochs.ts';
import { initialise } from '../step/initialise.ts';
import { OPTIMISER_OPTIONS, type OptimiserOptions } from '../step/optimiser.ts';
import { RECIPE_OPTIONS, type Recipe } from './recipe.ts';
import { appendLog, TRAIN_HOOKS, type TrainHooks, type TrainOptions } from './train-model.ts';
import { Trainer, type Profile } from '../step/trainer.ts';

/** Probability that a cell starts with: most are background, whose loss would drown all else (Lin et al. 2017). */
const PRIOR = 0.01;

/** What decides a detector's weights besides the pictures and the weights that it starts from. */
export interface DetectorRecipe extends OptimiserOptions, Pick<Recipe, 'batch' | 'rate' | 'warmup' | 'threads' | 'workers' | 'seed'> {
  /** Side of the pictures in pixels, a multiple of 32. */
  size: number;
  /** How often each picture is seen. */
  epochs: number;
}

/** The default of each option. */
export const DETECTOR_RECIPE: DetectorRecipe = {
  size: 320,
  epochs: 40,
  batch: 16,
  rate: 2e-3,
  warmup: 0.5,
  optimiser: 'adamw',
  weightDecay: 0.01,
  clip: 10,
  ema: 0.998,
  threads: 1,
  workers: 1,
  seed: 1,
};

/** Pictures with all their faces. */
export interface DetectionSet {
  /** JSON Lines with boxes and five points, or a list of 68 landmarks; TRAINING.md tells both. */
  list: string;
  /** Folder that the list's names start from. */
  images: string;
}

/** What `trainDetector` takes; what the recipe leaves out is as in `DETECTOR_RECIPE`. */
export interface TrainDetectorOptions
  extends Partial<DetectorRecipe>,
    Pick<TrainOptions, 'out' | 'licence' | 'resume' | 'log' | 'plot' | 'profile'> {
  /** One that is there twice is seen twice as often. */
  sets: DetectionSet[];
  /** Folders of pictures without faces; one that is there twice is seen twice as often. */
  negatives?: string[] | undefined;
  /** Share of all pictures, in percent, that is not learned, for measuring: their names decide which. Default 0. */
  heldOut?: number | undefined;
  /** Lists of pictures that are not learned, nor others of the same photographs. */
  without?: string[] | undefined;
  /** At most so many pictures of each list and folder, evenly taken. Default: all. */
  limit?: number | undefined;
  /** Detector whose weights are the start. */
  init?: string | undefined;
}

/** Functions of the caller's that a training calls. */
export interface TrainDetectorHooks extends Omit<TrainHooks, 'onSkipped'> {
  /** Pictures that are left out because they can't be read. */
  onSkipped?: ((skipped: readonly { reason: string }[], total: number) => void) | undefined;
}

const RECIPE_TABLE: Table<DetectorRecipe> = {
  ...OPTIMISER_OPTIONS,
  size: rule(
    'a multiple of 32 from 64 to 1024',
    (value) => Number.isInteger(value) && (value as number) % 32 === 0 && (value as number) >= 64 && (value as number) <= 1024,
  ),
  epochs: wholeNumber(1, 1e6),
  batch: RECIPE_OPTIONS.batch,
  rate: RECIPE_OPTIONS.rate,
  warmup: RECIPE_OPTIONS.warmup,
  threads: RECIPE_OPTIONS.threads,
  workers: RECIPE_OPTIONS.workers,
  seed: RECIPE_OPTIONS.seed,
};

const OPTIONS: Table<TrainDetectorOptions> = {
  ...RECIPE_TABLE,
  sets: listOf(objectOf<DetectionSet>({ list: path, images: path }, ['list', 'images']), 'sets { list, images }'),
  negatives: listOf(path, 'folders'),
  heldOut: number(0, 100),
  without: listOf(path, 'lists'),
  limit: wholeNumber(1, 1e6),
  init: path,
  out: path,
  licence: text,
  resume: flag,
  log: path,
  plot: path,
  profile: flag,
};

/**
 * Trains a face detector and writes it to a file. An epoch is as many mosaics as there are pictures.
 *
 * @throws DataError for lists that can't be used, with file and line
 * @throws ModelError for initial weights that don't fit
 * @throws ArgumentError for options outside their range, files that can't be written, a checkpoint of another training
 * @throws DivergedError where the loss is no longer finite; model and checkpoint are those of the last epoch
 */
export async function trainDetector(
  options: TrainDetectorOptions,
  hooks: TrainDetectorHooks = {},
): Promise<{ finished: boolean; profile: Profile | undefined }> {
  const given = readOptions(options, OPTIONS, 'trainDetector', ['sets', 'out']);
  const givenHooks = readOptions(hooks, TRAIN_HOOKS as Table<TrainDetectorHooks>, "trainDetector's hooks");
  return whileLocked(given.out, () => train(given, givenHooks));
}

async function train(options: TrainDetectorOptions, hooks: TrainDetectorHooks) {
  const { out, init, licence = 'unknown', log, plot } = options;
  const recipe: DetectorRecipe = { ...DETECTOR_RECIPE, ...known(options, RECIPE_TABLE) };
  const { pictures, fingerprint } = await readPictures(options, hooks);
  const start = init === undefined ? undefined : readSafetensors(await readModelFile(init), init).tensors;
  const network = facegrid();
  const { tensors, taken } = initialise(network, recipe.seed, start, init);
  if (taken < tensors.size) setPrior(tensors);
  const model = (trained: Map<string, Tensor>): FacegridModel => ({ kind: 'facegrid', licence, tensors: trained });

  const { workers, ...numbers } = recipe;
  const settings: Settings = { ...numbers, init: init ?? 'none', pictures: fingerprint };
  const checkpoint = `${out}.training`;
  const resumed = options.resume ? await readCheckpoint(checkpoint, settings) : undefined;
  const history = resumed?.history ?? [];
  const source = openScenes({ pictures, size: recipe.size, seed: recipe.seed, mean: PIXEL_MEAN, std: PIXEL_STD }, recipe.batch, workers);
  try {
    const trainer = await Trainer.of(network, Math.max(...FACEGRID_STRIDES), (engine) => detectionCriterion(engine, recipe.size), {
      ...recipe,
      tensors,
      spawn: spawnThread,
    });
    try {
      if (resumed) trainer.restore(resumed.state);
      hooks.onStart?.({
        done: trainer.steps,
        steps: recipe.epochs * source.batches,
        epochs: recipe.epochs,
        taken,
        parameters: tensors.size,
      });
      const profile = options.profile ? trainer.startProfile() : undefined;
      const save = () => writeFileAtomic(checkpoint, writeTraining({ state: trainer.save(), history }, settings));
      await save();
      const finished = await trainEpochs(trainer, source, recipe, {
        onStep: hooks.onStep,
        isStopped: hooks.isStopped,
        onEpoch: async (record) => {
          history.push(record);
          await writeFileAtomic(out, writeModel(model(trainer.tensors()), 'f32'));
          if (log !== undefined) await appendLog(log, record);
          if (plot !== undefined) await writeFileAtomic(plot, curvesSvg(history));
          hooks.onEpoch?.(record);
          await save();
        },
      });
      if (!finished) await save();
      return { finished, profile };
    } finally {
      await trainer.dispose();
    }
  } finally {
    await source.dispose();
  }
}

async function readPictures(
  { sets, negatives = [], heldOut = 0, without = [], limit = Infinity }: TrainDetectorOptions,
  { onReading, onSkipped }: TrainDetectorHooks,
): Promise<{ pictures: ScenePicture[]; fingerprint: number }> {
  const excluded = new Set((await Promise.all(without.map(readDetectionList))).flat().map(({ name }) => photographOf(name)));
  const learned = (images: string, samples: DetectionSample[]) =>
    evenly(
      samples.filter(({ name }) => !isHeldOut(name, heldOut) && !excluded.has(photographOf(name))),
      limit,
    ).map((sample) => ({ images, sample }));
  const all = [
    ...(await Promise.all(sets.map(async ({ list, images }) => learned(images, await readDetectionList(list))))),
    ...(await Promise.all(negatives.map(async (images) => learned(images, await listFaceless(images))))),
  ].flat();
  const pictures: ScenePicture[] = [];
  const skipped: { reason: string }[] = [];
  // A picture that is there several times has its memory once.
  const loaded = new Map<string, ScenePicture['levels'] | string>();
  for (const [i, { images, sample }] of all.entries()) {
    onReading?.(i, all.length);
    const file = join(images, sample.name);
    const levels = loaded.get(file) ?? (await loadLevels(file));
    loaded.set(file, levels);
    if (typeof levels === 'string') skipped.push({ reason: levels });
    else pictures.push({ levels, faces: sample.faces });
  }
  onReading?.(all.length, all.length);
  if (skipped.length > 0) onSkipped?.(skipped, all.length);
  if (!pictures.some(({ faces }) => faces.some(({ certain }) => certain)))
    throw new DataError('no picture with a face that is certain: a detector needs some');
  const fingerprint = crc32(new TextEncoder().encode(JSON.stringify(all.map(({ sample }) => sample))));
  return { pictures, fingerprint };
}

/** At most `most` of a list, evenly taken. */
function evenly<T>(list: readonly T[], most: number): T[] {
  const count = Math.min(list.length, most);
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]);
}

function setPrior(tensors: Map<string, Tensor>): void {
  for (const stride of FACEGRID_STRIDES) tensors.get(`head${stride}.bias`)!.data[LOGIT] = Math.log(PRIOR / (1 - PRIOR));
}
