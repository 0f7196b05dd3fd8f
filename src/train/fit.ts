/** From faces to a model: one training, through the stages of its recipe, interrupted and continued as often as wanted. */
import { CROP_RULES } from '../base/crop-rules.ts';
import type { LabelOffset } from '../base/label-offset.ts';
import { pipnet, type Architecture } from '../network/pipnet.ts';
import { spawnThread } from '../runtimes/node/spawn-thread.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { crc32 } from '../base/crc32.ts';
import { PIXEL_MEAN, PIXEL_STD, schemeName, type PipnetModel } from '../weights/model.ts';
import type { Tensor } from '../weights/tensor.ts';
import { readCheckpoint, writeTraining, type EpochRecord, type Settings } from './checkpoint.ts';
import type { Batch, BatchSource } from '../base/batch.ts';
import type { TrainingSample } from '../augment/cutouts.ts';
import { flipTableFor } from '../augment/flip-table.ts';
import { meanFaceOf } from '../augment/mean-face.ts';
import { mixBatches, shareBatch } from '../augment/mix.ts';
import { openBatches, type Skipped } from '../augment/open.ts';
import { trainEpochs, type StepReport } from './epochs.ts';
import { initialise } from '../step/initialise.ts';
import { checkRecipe, epochsOf, type Recipe } from './recipe.ts';
import type { Tasks } from '../step/criterion.ts';
import { SUPERVISED } from '../step/pip-criterion.ts';
import { Trainer, type Profile } from '../step/trainer.ts';

/** Faces and the folder that their names start from. */
export interface FaceSet {
  /** Landmarks as the picture shows them. */
  faces: readonly TrainingSample[];
  images: string;
  /** Where the labels of their dataset lie beside that: for the model file. */
  labelOffset?: LabelOffset | undefined;
}

/** Faces whose landmarks a model has guessed. */
export interface PseudoLabelled extends FaceSet {
  /** What their landmarks are used for. */
  tasks: Tasks;
  /** Share of a batch that is labelled, between 0 and 1. */
  labelledShare: number;
}

/** What a training begins with: `steps` and `epochs` in all, `done` steps of them before, and `taken` of `parameters` from the initial weights. */
export interface FitStart {
  done: number;
  steps: number;
  epochs: number;
  taken: number;
  parameters: number;
}

/** Functions of the caller's that a training calls. */
export interface FitHooks {
  /** Pictures read so far, before the first step. */
  onReading?: ((read: number, total: number) => void) | undefined;
  /** Faces that are left out because their picture can't be read. */
  onSkipped?: ((skipped: readonly Skipped[], total: number) => void) | undefined;
  /** Before the first step. */
  onStart?: ((start: FitStart) => void) | undefined;
  /** After each step. */
  onStep?: ((report: StepReport) => void) | undefined;
  /** After each epoch, before the checkpoint is written; `record` is the history's last, and may be added to. */
  onEpoch?: ((record: EpochRecord, model: PipnetModel, history: readonly EpochRecord[]) => Promise<void>) | undefined;
  /** Asked after each step; true saves and ends the training there. */
  isStopped?: (() => boolean) | undefined;
}

export interface FitOptions extends FitHooks {
  /** Tensors to start from where they fit, see `initialise`. */
  start?: { tensors: ReadonlyMap<string, Tensor>; label: string } | undefined;
  pseudo?: PseudoLabelled | undefined;
  /** File that an interrupted training goes on from. */
  checkpoint?: string | undefined;
  /** Goes on from the checkpoint if there is one. */
  resume?: boolean | undefined;
  /** What the model file says about the terms of the weights. */
  licence?: string | undefined;
  /** Measures where the time goes. */
  profile?: boolean | undefined;
}

/** How a training went. */
export interface Fitted {
  /** False where `isStopped` ended it. */
  finished: boolean;
  /** Taken in all, those before an interruption too. */
  steps: number;
  /** As it is after the last step. */
  model: PipnetModel;
  /** Every epoch, those before an interruption too. */
  history: EpochRecord[];
  /** Where the time went, if it was asked for. */
  profile: Profile | undefined;
}

/**
 * Trains a model. An epoch has as many steps as it takes to see every labelled face once, had it the batches for itself.
 *
 * @throws ArgumentError for a recipe that can't be, or a checkpoint of another training
 * @throws DataError for faces that can't be used, see `openBatches`
 * @throws DivergedError where the loss is no longer finite: the checkpoint is that of the last epoch
 */
export async function fit(labelled: FaceSet, given: Partial<Recipe>, options: FitOptions = {}): Promise<Fitted> {
  const recipe = checkRecipe(given);
  const { start, pseudo, checkpoint, licence = 'unknown', onStep, onEpoch, isStopped } = options;
  const landmarks = labelled.faces[0].points.length / 2;
  const { backbone, stride, width, depth, features } = recipe;
  const neighbours = Math.min(recipe.neighbours, landmarks - 1);
  const architecture: Architecture = { backbone, stride, width, depth, features, landmarks, neighbours };
  const meanFace = meanFaceOf(labelled.faces, CROP_RULES[recipe.crop]);
  const { tensors, taken } = initialise(pipnet(architecture), recipe.seed, start?.tensors, start?.label);
  const model = (trained: Map<string, Tensor>, inputSize: number): PipnetModel => ({
    kind: 'pipnet',
    architecture,
    inputSize,
    ...(labelled.labelOffset === undefined ? {} : { labelOffset: labelled.labelOffset }),
    scheme: schemeName(landmarks),
    meanFace,
    detectorCrop: 'detector',
    supervisedCrop: recipe.crop,
    mean: PIXEL_MEAN,
    std: PIXEL_STD,
    licence,
    tensors: trained,
  });

  const settings = settingsOf(recipe, labelled, options);
  const resumed = options.resume && checkpoint !== undefined ? await readCheckpoint(checkpoint, settings) : undefined;
  const history = resumed?.history ?? [];
  let state = resumed?.state;
  let profile: Profile | undefined;
  let trained = model(tensors, recipe.stages[0].size);
  let finished = true;
  const { source, tasks } = await openFaces(recipe, labelled, meanFace, options);
  try {
    const epochs = epochsOf(recipe);
    let until = 0;
    options.onStart?.({ done: state?.steps ?? 0, steps: epochs * source.batches, epochs, taken, parameters: tensors.size });
    for (const { size, epochs: stageEpochs } of recipe.stages) {
      until += stageEpochs;
      if (until < epochs && (state?.steps ?? 0) >= until * source.batches) continue;
      const curriculum = pseudo !== undefined && (pseudo.tasks.cls2 || pseudo.tasks.cls3);
      const trainer = await Trainer.create({ ...recipe, spawn: spawnThread, architecture, meanFace, tensors, size, curriculum });
      try {
        if (state) trainer.restore(state);
        if (options.profile) profile = trainer.startProfile(profile);
        const save = async () => {
          if (checkpoint !== undefined) await writeFileAtomic(checkpoint, writeTraining({ state: trainer.save(), history }, settings));
        };
        // Fails now rather than after an epoch.
        await save();
        finished = await trainEpochs(
          trainer,
          source,
          { ...recipe, epochs, until, tasks },
          {
            onStep,
            isStopped,
            onEpoch: async (record) => {
              history.push(record);
              await onEpoch?.(record, model(trainer.tensors(), size), history);
              await save();
            },
          },
        );
        if (!finished) await save();
        state = trainer.save();
        trained = model(trainer.tensors(), size);
      } finally {
        await trainer.dispose();
      }
      if (!finished) break;
    }
    return { finished, steps: state!.steps, model: trained, history, profile };
  } finally {
    await source.dispose();
  }
}

interface OpenedFaces {
  source: BatchSource;
  /** What counts for each sample of a batch; by default all. */
  tasks?: (batch: Batch) => Tasks[];
}

async function openFaces(
  recipe: Recipe,
  labelled: FaceSet,
  meanFace: Float64Array,
  { pseudo, onReading = () => {}, onSkipped }: FitOptions,
): Promise<OpenedFaces> {
  const size = Math.max(...recipe.stages.map((stage) => stage.size));
  const flip = recipe.flip ? { flip: flipTableFor(meanFace) } : {};
  const total = labelled.faces.length + (pseudo?.faces.length ?? 0);
  const open = async ({ faces, images }: FaceSet, batch: number, seed: number, before: number) => {
    const source = await openBatches({
      samples: faces,
      images,
      size,
      batch,
      seed,
      workers: recipe.workers,
      augment: {},
      cropRule: CROP_RULES[recipe.crop],
      mean: PIXEL_MEAN,
      std: PIXEL_STD,
      ...flip,
      onProgress: (read) => onReading(before + read, total),
    });
    if (source.skipped.length > 0) onSkipped?.(source.skipped, faces.length);
    return source;
  };
  if (!pseudo) return { source: await open(labelled, recipe.batch, recipe.seed, 0) };
  const [ours, theirs] = shareBatch(recipe.batch, pseudo.labelledShare);
  const first = await open(labelled, ours, recipe.seed, 0);
  try {
    const second = await open(pseudo, theirs, recipe.seed + 1, labelled.faces.length);
    return {
      source: mixBatches(first, second, Math.ceil(first.samples / recipe.batch)),
      tasks: ({ indices }) => Array.from(indices, (index) => (index < first.samples ? SUPERVISED : pseudo.tasks)),
    };
  } catch (error) {
    await first.dispose();
    throw error;
  }
}

/** What decides the weights. */
function settingsOf(recipe: Recipe, labelled: FaceSet, { start, pseudo }: FitOptions): Settings {
  const { stages, depth, features, drops = [], frozen, flip, workers, ...numbers } = recipe;
  return {
    ...numbers,
    stages: stages.map(({ size, epochs }) => `${size}x${epochs}`).join(),
    depth: depth ?? 'default',
    features: features ?? 'default',
    drops: drops.join(),
    frozen: frozen.join(),
    flip: String(flip),
    init: start?.label ?? 'none',
    faces: fingerprint(labelled.faces),
    pseudo: pseudo ? fingerprint(pseudo.faces) : 0,
    tasks: pseudo ? JSON.stringify(pseudo.tasks) : 'supervised',
    share: pseudo?.labelledShare ?? 1,
  };
}

function fingerprint(faces: readonly TrainingSample[]): number {
  return crc32(new TextEncoder().encode(faces.map(({ name, points }) => `${name} ${points.join(' ')}`).join('\n')));
}
