/**
 * Self-training with curriculum (STC; paper, section 3.3): adapts a model to faces of another kind without labels. A model
 * labels them, a fresh network learns from the labelled faces and these pseudo-labels, and labels them anew for the next.
 * What pseudo-labels are used for goes from easy to hard: in which quarter of the face a landmark is (2x2 score map), in
 * which sixteenth (4x4), then everything.
 */
import { rm } from 'node:fs/promises';
import { ArgumentError } from '../base/errors.ts';
import { CROP_RULES, type CropRuleName } from '../base/crop-rules.ts';
import { callback, flag, number, path, readOptions, wholeNumber, type Table } from '../base/options.ts';
import { NO_DETECTOR, LocalPipnet } from '../pipnet.ts';
import { whileLocked } from '../files/lock.ts';
import { readModelFile } from '../files/read-model-file.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { readModel, writeModel } from '../weights/model.ts';
import type { EpochRecord } from './checkpoint.ts';
import { shareBatch } from '../augment/mix.ts';
import { readBoxes, type UnlabelledFace } from '../datasets/plain.ts';
import { fit, type PseudoLabelled } from './fit.ts';
import { pseudoLabel, type PseudoLabels } from './pseudo-label.ts';
import { checkRecipe, RECIPE, RECIPE_OPTIONS } from './recipe.ts';
import { appendLog, readInputs, SHARED_OPTIONS, TRAIN_HOOKS, type TrainHooks, type TrainOptions } from './train-model.ts';
import type { Tasks } from '../step/criterion.ts';
import { SUPERVISED } from '../step/pip-criterion.ts';

const NOTHING: Tasks = { cls1: false, cls2: false, cls3: false, offsets: false };

/** The authors' order; later rounds use everything. */
const CURRICULUM: readonly Tasks[] = [
  { ...NOTHING, cls3: true },
  { ...NOTHING, cls2: true },
];

/** Cells a side of the finest score map that leave 2x2 for the coarsest. */
const LEAST_CELLS = 8;

/** What `adaptModel` takes: `trainModel`'s options, and the unlabelled faces. */
export interface AdaptOptions extends Omit<TrainOptions, 'plot' | 'profile'> {
  /** Unlabelled faces, one a line: `name x0 y0 x1 y1`, a box in pixels. */
  unlabelled: string;
  /** Folder that their names start from. */
  unlabelledImages: string;
  /** How their boxes are cropped; default: as the labelled faces'. */
  unlabelledCrop?: CropRuleName | undefined;
  /** Model that makes the first pseudo-labels; default: one trained on the labelled faces alone. */
  teacher?: string | undefined;
  /** Rounds of pseudo-labels. Default 5. */
  rounds?: number | undefined;
  /** False: pseudo-labels are used for everything from the first round on (standard self-training). Default true. */
  curriculum?: boolean | undefined;
  /** Least mean score of a pseudo-labelled face. Default 0: all. */
  confidence?: number | undefined;
  /** Share of each batch that is labelled. Default 0.5. */
  labelledShare?: number | undefined;
}

/** How a round of self-training went. */
export interface RoundReport {
  /** 0 is the training on labelled faces alone. */
  round: number;
  /** What the pseudo-labels were used for. */
  tasks: 'none' | '2x2' | '4x4' | 'all';
  /** Pseudo-labelled faces in use. */
  faces: number;
  /** Those that were left out: too low a score, or landmarks that can't be a face. */
  unsure: number;
  /** File of the round's model. */
  model: string;
  /** Of its last epoch. */
  record?: EpochRecord;
}

/** How an adaptation went. */
export interface Adapted {
  /** False where `isStopped` ended it. */
  finished: boolean;
  /** The rounds that came to their end. */
  rounds: RoundReport[];
}

/** Functions of the caller's that an adaptation calls. */
export interface AdaptHooks extends Omit<TrainHooks, 'onEpoch'> {
  /** Faces pseudo-labelled so far, before the round's training. */
  onLabelling?: ((done: number, total: number) => void) | undefined;
  /** Before the training of a round. */
  onRound?: ((round: Omit<RoundReport, 'record'>, labels: PseudoLabels | undefined) => void) | undefined;
  /** After each epoch of a round's training. */
  onEpoch?: ((record: EpochRecord, round: number) => void) | undefined;
}

const MAX_ROUNDS = 1000;

const ADAPT_OPTIONS: Table<AdaptOptions> = {
  ...SHARED_OPTIONS,
  unlabelled: path,
  unlabelledImages: path,
  unlabelledCrop: RECIPE_OPTIONS.crop,
  teacher: path,
  rounds: wholeNumber(1, MAX_ROUNDS),
  curriculum: flag,
  confidence: number(0, Infinity),
  labelledShare: number(0, 1),
};
const ADAPT_HOOKS: Table<AdaptHooks> = { ...TRAIN_HOOKS, onLabelling: callback, onRound: callback };

/**
 * Adapts a model to unlabelled faces and writes it to `out`; each round's model lies beside it as
 * `<out without .safetensors>.round<n>.safetensors`. Interrupted, it goes on with `resume`: finished rounds are not made again.
 *
 * @returns the rounds; fewer than asked for where `isStopped` ended it
 * @throws as `trainModel`, and DataError if no unlabelled face can be used
 */
export async function adaptModel(options: AdaptOptions, hooks: AdaptHooks = {}): Promise<Adapted> {
  const required = ['list', 'images', 'unlabelled', 'unlabelledImages', 'out'] as const;
  const given = readOptions(options, ADAPT_OPTIONS, 'adaptModel', required);
  const givenHooks = readOptions(hooks, ADAPT_HOOKS, "adaptModel's hooks");
  return whileLocked(given.out, () => adapt(given, givenHooks));
}

async function adapt(options: AdaptOptions, hooks: AdaptHooks): Promise<Adapted> {
  const {
    out,
    resume = false,
    licence,
    log,
    rounds = 5,
    curriculum = true,
    unlabelledImages: images,
    confidence = 0,
    labelledShare = 0.5,
  } = options;
  check(options, curriculum, labelledShare);
  const { labelled, start, validate } = await readInputs(options);
  const unlabelled = await readBoxes(options.unlabelled);
  const rule = CROP_RULES[options.unlabelledCrop ?? options.crop ?? RECIPE.crop];
  const reports: RoundReport[] = [];
  let teacher = options.teacher;
  for (let round = teacher === undefined ? 0 : 1; round <= rounds; round++) {
    const model = roundFile(out, round);
    const tasks = round === 0 ? undefined : (curriculum && CURRICULUM[round - 1]) || SUPERVISED;
    const report: RoundReport = { round, tasks: nameOf(tasks), faces: 0, unsure: 0, model };
    if (resume && (await isModel(model))) {
      teacher = model;
      reports.push(report);
      continue;
    }
    const labels = tasks && (await labelWith(teacher!, unlabelled, { images, rule, confidence, onProgress: hooks.onLabelling }));
    const pseudo: PseudoLabelled | undefined = labels && { faces: labels.faces, images, tasks: tasks!, labelledShare };
    Object.assign(report, { faces: labels?.faces.length ?? 0, unsure: labels?.unsure ?? 0 });
    hooks.onRound?.(report, labels);
    // Each round sees faces in another order and with other changes.
    const seed = ((options.seed ?? RECIPE.seed) + 2 * round) % 2 ** 32;
    const checkpoint = `${model}.training`;
    const {
      finished,
      model: trained,
      history,
    } = await fit(
      labelled,
      { ...options, seed },
      {
        ...hooks,
        start,
        pseudo,
        resume,
        licence,
        checkpoint,
        onEpoch: async (record, current) => {
          Object.assign(record, await validate?.(writeModel(current, 'f32')));
          if (log !== undefined) await appendLog(log, { round, ...record });
          hooks.onEpoch?.(record, round);
        },
      },
    );
    if (!finished) return { finished, rounds: reports };
    await writeFileAtomic(model, writeModel(trained, 'f32'));
    await rm(checkpoint, { force: true });
    reports.push({ ...report, record: history.at(-1)! });
    teacher = model;
  }
  await writeFileAtomic(out, await readModelFile(teacher!));
  return { finished: true, rounds: reports };
}

function check(options: AdaptOptions, curriculum: boolean, labelledShare: number): void {
  const { stages, stride, batch } = checkRecipe(options);
  shareBatch(batch, labelledShare);
  const least = LEAST_CELLS * stride;
  const small = stages.find(({ size }) => size < least);
  if (!curriculum || !small) return;
  throw new ArgumentError(
    `size ${small.size} leaves less than 2x2 cells for the curriculum's coarsest score map: use ${least} or more, or no curriculum`,
  );
}

async function labelWith(
  teacher: string,
  faces: readonly UnlabelledFace[],
  options: Parameters<typeof pseudoLabel>[2],
): Promise<PseudoLabels> {
  using pipnet = await loadPipnet({ model: teacher, detector: NO_DETECTOR });
  return await pseudoLabel(LocalPipnet.partsOf(pipnet).network, faces, options);
}

function nameOf(tasks: Tasks | undefined): RoundReport['tasks'] {
  if (!tasks) return 'none';
  return tasks.cls3 ? '2x2' : tasks.cls2 ? '4x4' : 'all';
}

function roundFile(out: string, round: number): string {
  return `${out.replace(/\.safetensors$/, '')}.round${round}.safetensors`;
}

async function isModel(path: string): Promise<boolean> {
  try {
    readModel(await readModelFile(path), path);
    return true;
  } catch {
    return false;
  }
}
