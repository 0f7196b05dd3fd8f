// Trains a model from labelled pictures.
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { ArgumentError, DataError } from '../errors.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { parseList, type Sample } from '../evaluate/list.ts';
import { schemeFor } from '../evaluate/scheme.ts';
import { CROP_RULES, type CropRuleName } from '../faces/crop.ts';
import { readImage } from '../image/decode.ts';
import { BACKBONES, pipnet, type Architecture, type Backbone } from '../network/pipnet.ts';
import { loadPipnet, readModelFile } from '../platform/node.ts';
import { writeFileAtomic } from '../platform/write-file.ts';
import { readTraining, writeTraining, type Settings } from '../train/checkpoint.ts';
import { flipTableFor } from '../train/data/flip-table.ts';
import { meanFaceOf } from '../train/data/mean-face.ts';
import { openBatches, type OpenedBatches } from '../train/data/open.ts';
import { initialise } from '../train/initialise.ts';
import type { Profile } from '../train/team.ts';
import { train } from '../train/train.ts';
import { Trainer } from '../train/trainer.ts';
import { readCheckpoint } from '../weights/checkpoint.ts';
import { crc32 } from '../weights/crc32.ts';
import { PIXEL_MEAN, PIXEL_STD, writeModel, type PipnetModel } from '../weights/model.ts';
import { isSafetensors, readSafetensors } from '../weights/safetensors.ts';
import type { Tensor } from '../weights/tensor.ts';
import { alignColumns } from './columns.ts';
import { wholeNumber } from './options.ts';
import { TrainProgress } from './train-progress.ts';

interface Options {
  list: string;
  images: string;
  out: string;
  val?: string;
  valImages?: string;
  backbone: Backbone;
  init?: string;
  neighbours: number;
  epochs: number;
  size: number;
  batch: number;
  lr: number;
  warmup: number;
  weightDecay: number;
  clip: number;
  ema: number;
  threads: number;
  workers: number;
  seed: number;
  crop: CropRuleName;
  flip: boolean;
  eyes?: [number, number];
  licence: string;
  resume?: true;
  log?: string;
  profile?: true;
}

const EXAMPLES = `
Lists have one face a line, "name x0 y0 x1 y1 ...": a picture below the folder, then its landmarks in pixels. After each
epoch the model so far is written to --out, and what --resume needs to <out>.training. Ctrl-C saves and ends.

Examples:
  $ pipnet-wasm train --list train.txt --images images --out model.safetensors
  $ pipnet-wasm train --list train.txt --val val.txt --images images --init mobilenetv2.pth --threads 2 --out model.safetensors
  $ pipnet-wasm train --list train.txt --val val.txt --images images --init mobilenetv2.pth --threads 2 --out model.safetensors --resume`;

/** `pipnet-wasm train`: trains a model. */
export function trainCommand(): Command {
  return new Command('train')
    .description('train a landmark model on labelled pictures')
    .requiredOption('--list <file>', 'labelled faces, one a line')
    .requiredOption('--images <folder>', 'folder that the names in the lists start from')
    .requiredOption('--out <file>', 'model to write (.safetensors)')
    .option('--val <file>', 'labelled faces to measure the model on after each epoch')
    .option('--val-images <folder>', 'folder of their pictures, where it is another')
    .option('--backbone <name>', BACKBONES.join(', '), parseBackbone, 'mobilenet_v2')
    .option('--init <file>', 'weights to start from: a model, safetensors or a PyTorch checkpoint; what fits is taken')
    .option('--neighbours <n>', 'neighbours that each landmark predicts', wholeNumber('--neighbours', 0, 100), 10)
    .option('--epochs <n>', 'how often each face is seen', wholeNumber('--epochs', 1, 100000), 60)
    .option('--size <n>', 'side of the crops in pixels, a multiple of 32', wholeNumber('--size', 32, 1024), 256)
    .option('--batch <n>', 'faces a step', wholeNumber('--batch', 1, 1024), 16)
    .option('--lr <rate>', 'learning rate at its highest', number('--lr', 0, 1), 5e-4)
    .option('--warmup <n>', 'epochs over which the rate rises; then it falls along a cosine', number('--warmup', 0, 1000), 1)
    .option('--weight-decay <n>', 'weight decay of AdamW', number('--weight-decay', 0, 0.5), 0.01)
    .option('--clip <norm>', 'largest norm of the gradients, 0 for any', number('--clip', 0, 1e9), 0)
    .option('--ema <decay>', "decay of the weights' moving average per step, 0 for none", number('--ema', 0, 0.99999), 0.995)
    .option('--threads <n>', 'threads that share each batch', wholeNumber('--threads', 1, 64), 1)
    .option('--workers <n>', 'threads that prepare batches', wholeNumber('--workers', 0, 64), 1)
    .option('--seed <n>', 'the same seed and thread count give the same weights', wholeNumber('--seed', 0, 2 ** 32 - 1), 1)
    .option('--crop <rule>', `how faces are cropped: ${Object.keys(CROP_RULES).join(', ')}`, parseCrop, '300w')
    .option('--no-flip', 'never mirror faces')
    .option('--eyes <i,j>', 'indices of the outer eye corners, where the landmark count does not tell them', parseEyes)
    .option('--licence <text>', 'terms of the weights and of the faces behind them', 'unknown')
    .option('--resume', 'go on from <out>.training, if there is one')
    .option('--log <file>', 'append a line of JSON after each epoch')
    .option('--profile', 'show at the end where the time went, layer by layer')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const text = await readText(options.list);
  const samples = parseList(text, options.list);
  const landmarks = samples[0].points.length / 2;
  const architecture: Architecture = { backbone: options.backbone, stride: 32, landmarks, neighbours: Math.min(options.neighbours, landmarks - 1) };
  const validation = options.val === undefined ? undefined : parseList(await readText(options.val), options.val);
  if (validation) schemeFor(landmarks, options.eyes);
  const rule = CROP_RULES[options.crop];
  const meanFace = meanFaceOf(samples, rule);
  const flip = options.flip ? flipTableFor(meanFace) : undefined;

  const network = pipnet(architecture);
  const given = options.init === undefined ? undefined : await readWeights(options.init);
  const { tensors, taken } = initialise(network, options.seed, given, options.init);
  if (given) console.log(`${taken} of ${tensors.size} parameters from ${options.init}, the others at random`);
  const model = (trained: Map<string, Tensor>): PipnetModel => ({
    kind: 'pipnet', architecture, inputSize: options.size, scheme: landmarks === 68 ? '300w-68' : landmarks === 98 ? 'wflw-98' : 'custom', meanFace,
    detectorCrop: 'detector', supervisedCrop: options.crop, mean: PIXEL_MEAN, std: PIXEL_STD, licence: options.licence, tensors: trained,
  });

  const trainer = await Trainer.create({ ...options, architecture, meanFace, tensors });
  const progress = new TrainProgress();
  let source: OpenedBatches | undefined;
  try {
    const { size, batch, seed, workers, images } = options;
    source = await openBatches({
      samples, images, size, batch, seed, workers, augment: {}, cropRule: rule, mean: PIXEL_MEAN, std: PIXEL_STD, ...(flip ? { flip } : {}),
      onProgress: (read, total) => progress.reading(read, total),
    });
    progress.stop();
    for (const { reason } of source.skipped) console.warn(`skipped: ${reason}`);
    if (source.skipped.length > 0) console.warn(`${source.skipped.length} of ${samples.length} faces skipped`);

    const settings = settingsOf(options, text);
    const checkpoint = `${options.out}.training`;
    if (options.resume) await resume(trainer, settings, checkpoint);
    // Fails now rather than after an epoch.
    const save = () => writeFileAtomic(checkpoint, writeTraining(trainer.save(), settings));
    await save();
    const profile = options.profile ? trainer.startProfile() : undefined;
    await runEpochs(options, { trainer, source, progress, validation, save, bytes: () => writeModel(model(trainer.tensors()), 'f32') });
    if (profile) console.log(profileTable(profile).join('\n'));
  } finally {
    progress.stop();
    await source?.dispose();
    await trainer.dispose();
  }
}

interface Job {
  trainer: Trainer;
  source: OpenedBatches;
  progress: TrainProgress;
  validation: Sample[] | undefined;
  save: () => Promise<void>;
  /** The model so far. */
  bytes: () => Uint8Array;
}

async function runEpochs(options: Options, { trainer, source, progress, validation, save, bytes }: Job): Promise<void> {
  const { epochs, lr, warmup, batch } = options;
  let stopped = false;
  const stop = () => void (stopped = true);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  progress.start(trainer.steps, epochs * source.batches, batch);
  let began = performance.now();
  let first = trainer.steps;
  try {
    const finished = await train(trainer, source, { epochs, rate: lr, warmup }, {
      isStopped: () => stopped,
      onStep: ({ step, loss, epoch }) => progress.step(step + 1, loss, epoch, epochs),
      onEpoch: async (epoch, { loss, parts }) => {
        const seconds = (performance.now() - began) / 1000;
        const imagesPerSecond = ((trainer.steps - first) * batch) / seconds;
        const file = bytes();
        await writeFileAtomic(options.out, file);
        await save();
        const score = validation && (await validate(file, validation, options));
        const record = { epoch: epoch + 1, steps: trainer.steps, loss, parts, imagesPerSecond, seconds, ...score };
        if (options.log !== undefined) await appendFile(options.log, `${JSON.stringify(record)}\n`);
        const nme = score ? `, NME ${(100 * score.nme).toFixed(3)} % (${(100 * score.nmeWithoutNrm).toFixed(3)} % without NRM)` : '';
        progress.print(`epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(4)}${nme}, ${imagesPerSecond.toFixed(1)} images/s`);
        began = performance.now();
        first = trainer.steps;
      },
    });
    if (finished) return;
    await save();
    progress.print(`stopped and saved after step ${trainer.steps}: go on with --resume`);
    process.exitCode = 130;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** The inference engine's NME, as fractions. */
async function validate(file: Uint8Array, samples: Sample[], { images, valImages = images, crop, eyes }: Options): Promise<{ nme: number; nmeWithoutNrm: number }> {
  const pipnet = await loadPipnet({ model: file, detector: { detect: () => [] } });
  try {
    const scheme = schemeFor(pipnet.model.architecture.landmarks, eyes);
    const { merged, own } = await evaluate(samples, async ({ name }, box) => pipnet.predictCrop(await readImage(join(valImages, name)), box), scheme, CROP_RULES[crop]);
    return { nme: merged.nme, nmeWithoutNrm: own.nme };
  } finally {
    pipnet.dispose();
  }
}

/** What decides the weights. */
function settingsOf(options: Options, list: string): Settings {
  const { backbone, neighbours, epochs, size, batch, lr, warmup, weightDecay, clip, ema, threads, seed, crop, flip } = options;
  const { init = 'none' } = options;
  return { list: crc32(new TextEncoder().encode(list)), backbone, init, neighbours, epochs, size, batch, lr, warmup, weightDecay, clip, ema, threads, seed, crop, flip: String(flip) };
}

async function resume(trainer: Trainer, settings: Settings, path: string): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new ArgumentError(`can't read ${path}: ${(error as Error).message}`);
    console.log(`no ${path} yet: beginning anew`);
    return;
  }
  trainer.restore(readTraining(bytes, settings, path));
  console.log(`going on after step ${trainer.steps}`);
}

async function readWeights(path: string): Promise<Map<string, Tensor>> {
  const bytes = await readModelFile(path);
  return isSafetensors(bytes) ? readSafetensors(bytes, path).tensors : readCheckpoint(bytes, path);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new DataError(`can't read the list ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Milliseconds of the first thread, the most expensive first. */
function profileTable(profile: Profile): string[] {
  const entries = [...profile.values()].sort((a, b) => b.ms - a.ms);
  const total = entries.reduce((sum, { ms }) => sum + ms, 0);
  const rows = entries.map(({ pass, layer, ms }) => [layer, pass, ms.toFixed(0), `${((100 * ms) / total).toFixed(1)} %`]);
  return alignColumns([['layer', 'pass', 'ms', 'share'], ...rows, ['all', '', total.toFixed(0), '100 %']], [2, 3]);
}

/** Makes a parser of numbers in a range, for the named option. */
function number(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (!(value >= least && value <= most)) throw new ArgumentError(`${option} ${text} is not a number from ${least} to ${most}`);
    return value;
  };
}

function parseBackbone(text: string): Backbone {
  if (!BACKBONES.includes(text as Backbone)) throw new ArgumentError(`--backbone ${text} is unknown: use one of ${BACKBONES.join(', ')}`);
  return text as Backbone;
}

function parseCrop(text: string): CropRuleName {
  if (!Object.hasOwn(CROP_RULES, text)) throw new ArgumentError(`--crop ${text} is unknown: use one of ${Object.keys(CROP_RULES).join(', ')}`);
  return text as CropRuleName;
}

function parseEyes(text: string): [number, number] {
  const [, i, j] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (i === undefined || j === undefined) throw new ArgumentError(`--eyes ${text} is not a pair of landmark indices: write it as 36,45`);
  return [Number(i), Number(j)];
}
