/** Training from files to files: what the command `train` does. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../base/errors.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import type { Sample } from '../base/samples.ts';
import { schemeFor } from '../evaluate/scheme.ts';
import { CROP_RULES } from '../base/crop-rules.ts';
import { exactCrop } from '../faces/crop.ts';
import { inPicture } from '../base/label-offset.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { callback, flag, path, readOptions, rule, text, type Rule, type Table } from '../base/options.ts';
import { NO_DETECTOR, LocalPipnet } from '../pipnet.ts';
import { whileLocked } from '../files/lock.ts';
import { readModelFile } from '../files/read-model-file.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import { readList } from '../files/read-list.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { readCheckpoint } from '../weights/checkpoint.ts';
import { writeModel } from '../weights/model.ts';
import { isSafetensors, readSafetensors } from '../weights/safetensors.ts';
import type { Tensor } from '../weights/tensor.ts';
import type { EpochRecord } from './checkpoint.ts';
import { curvesSvg } from './curves.ts';
import { fit, type FaceSet, type FitHooks, type Fitted } from './fit.ts';
import { RECIPE_OPTIONS, type Recipe } from './recipe.ts';

/** Another name of the package's default model. */
const SHIPPED = 'shipped';

/** Where the faces are, and where the training starts from. */
export interface TrainingFiles {
  /** Labelled faces, one a line: `name x0 y0 x1 y1 ...`, in pixels; `# label-offset x y` above those whose labels lie off, see base/label-offset.ts. */
  list: string;
  /** Folder that the list's names start from. */
  images: string;
  /** Labelled faces to measure the model on after each epoch. */
  val?: string | undefined;
  /** Folder of their pictures, where it is another. */
  valImages?: string | undefined;
  /** Indices of the outer eye corners, where the landmark count does not tell them: the NME's unit. */
  eyes?: [number, number] | undefined;
  /** Weights to start from: a model, safetensors, a PyTorch checkpoint, or the name of one of the package's (`shipped`: `default`); what fits is taken. */
  init?: string | undefined;
}

/** What `trainModel` takes; what the recipe leaves out is as in `RECIPE`. */
export interface TrainOptions extends Partial<Recipe>, TrainingFiles {
  /** Model file to write, after each epoch. What `resume` needs lies beside it as `<out>.training`. */
  out: string;
  /** Terms of the weights and of the faces behind them, for the model file. */
  licence?: string | undefined;
  /** Goes on with an interrupted training; without one, begins. */
  resume?: boolean | undefined;
  /** File that a line of JSON is added to after each epoch. */
  log?: string | undefined;
  /** SVG file for the curves of loss and NME. */
  plot?: string | undefined;
  /** Measures where the time goes, layer by layer. */
  profile?: boolean | undefined;
}

/** Functions of the caller's that a training calls. */
export interface TrainHooks extends Omit<FitHooks, 'onEpoch'> {
  /** After each epoch, once its model is written and measured. */
  onEpoch?: ((record: EpochRecord) => void) | undefined;
}

const eyes: Rule<[number, number]> = rule(
  'a pair of landmark indices such as [36, 45]',
  (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isInteger),
);

const FILE_OPTIONS: Table<TrainingFiles> = { list: path, images: path, val: path, valImages: path, eyes, init: path };

/** The options that adaptation has too. */
export const SHARED_OPTIONS: Table<Omit<TrainOptions, 'plot' | 'profile'>> = {
  ...RECIPE_OPTIONS,
  ...FILE_OPTIONS,
  out: path,
  licence: text,
  resume: flag,
  log: path,
};
const TRAIN_OPTIONS: Table<TrainOptions> = { ...SHARED_OPTIONS, plot: path, profile: flag };

export const TRAIN_HOOKS: Table<TrainHooks> = {
  onReading: callback,
  onSkipped: callback,
  onStart: callback,
  onStep: callback,
  onEpoch: callback,
  isStopped: callback,
};

/**
 * Trains a model (paper, section 3.1) and writes it to a file.
 *
 * @throws DataError for lists or pictures that can't be used, with file and line
 * @throws ModelError for initial weights that don't fit
 * @throws ArgumentError for options outside their range, files that can't be written or that another training writes, a
 *   checkpoint of another training
 * @throws DivergedError where the loss is no longer finite; model and checkpoint are those of the last epoch
 */
export async function trainModel(options: TrainOptions, hooks: TrainHooks = {}): Promise<Fitted> {
  const given = readOptions(options, TRAIN_OPTIONS, 'trainModel', ['list', 'images', 'out']);
  const givenHooks = readOptions(hooks, TRAIN_HOOKS, "trainModel's hooks");
  return whileLocked(given.out, () => train(given, givenHooks));
}

async function train(options: TrainOptions, hooks: TrainHooks): Promise<Fitted> {
  const { out, resume, licence, log, plot, profile } = options;
  const { labelled, start, validate } = await readInputs(options);
  return fit(labelled, options, {
    ...hooks,
    start,
    resume,
    licence,
    profile,
    checkpoint: `${out}.training`,
    onEpoch: async (record, model, history) => {
      const bytes = writeModel(model, 'f32');
      await writeFileAtomic(out, bytes);
      Object.assign(record, await validate?.(bytes));
      if (log !== undefined) await appendLog(log, record);
      if (plot !== undefined) await writeFileAtomic(plot, curvesSvg(history));
      hooks.onEpoch?.(record);
    },
  });
}

export interface TrainingInputs {
  labelled: FaceSet;
  start: { tensors: ReadonlyMap<string, Tensor>; label: string } | undefined;
  /** The NME of a model file's bytes on the validation list, as fractions. */
  validate: ((model: Uint8Array) => Promise<{ nme: number; nmeWithoutNrm: number }>) | undefined;
}

/**
 * Reads lists and initial weights; pictures are read later. Training is in the picture's own frame: labels lose the offset
 * that their list states. The model keeps that of the first face, for lists of its dataset that state none.
 */
export async function readInputs({
  list,
  images,
  val,
  valImages = images,
  eyes,
  init,
  crop = '300w',
}: TrainingFiles & Partial<Recipe>): Promise<TrainingInputs> {
  const faces = await readList(list);
  const validation = val === undefined ? undefined : await readList(val);
  if (validation) schemeFor(faces[0].points.length / 2, eyes);
  const start = init === undefined ? undefined : { tensors: await readWeights(init), label: init };
  return {
    labelled: {
      faces: faces.map((face) =>
        face.labelOffset ? { ...face, points: inPicture(face.points, face.labelOffset, CROP_RULES[crop]) } : face,
      ),
      images,
      labelOffset: faces[0].labelOffset,
    },
    start,
    validate: validation && ((model) => measure(model, validation, { images: valImages, crop, eyes })),
  };
}

/** Adds a line of JSON to a log. */
export async function appendLog(path: string, record: object): Promise<void> {
  try {
    await appendFile(path, `${JSON.stringify(record)}\n`);
  } catch (error) {
    throw new DataError(`can't write the log ${path}: ${(error as Error).message}`, { cause: error });
  }
}

async function measure(
  model: Uint8Array,
  samples: Sample[],
  { images, crop, eyes }: Required<Pick<Recipe, 'crop'>> & { images: string; eyes: [number, number] | undefined },
) {
  using pipnet = await loadPipnet({ model, detector: NO_DETECTOR });
  const { network } = LocalPipnet.partsOf(pipnet);
  const scheme = schemeFor(pipnet.model.architecture.landmarks, eyes);
  const { merged, own } = await evaluate(
    samples,
    async ({ name }, box) => network.predict(await readImage(join(images, name)), exactCrop(box)),
    scheme,
    CROP_RULES[crop],
    pipnet.model.labelOffset,
  );
  return { nme: merged.nme, nmeWithoutNrm: own.nme };
}

async function readWeights(path: string): Promise<Map<string, Tensor>> {
  const bytes = await readModelFile(path === SHIPPED ? 'default' : path);
  return isSafetensors(bytes) ? readSafetensors(bytes, path).tensors : readCheckpoint(bytes, path);
}
