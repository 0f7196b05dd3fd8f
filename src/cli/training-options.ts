// The options that `train` and `adapt` share: where the faces are, and the recipe.
import { Option, type Command } from 'commander';
import { ArgumentError } from '../base/errors.ts';
import { CROP_RULES, type CropRuleName } from '../base/crop-rules.ts';
import { MAX_DEPTH } from '../network/mobilenet-v2.ts';
import { BACKBONES, MAX_FEATURES, MAX_WIDTH, MIN_WIDTH, type Backbone, type Stride } from '../network/pipnet.ts';
import { OPTIMISERS, type OptimiserOptions } from '../step/optimiser.ts';
import { RECIPE, TRAINED_STRIDES, type Recipe, type Stage } from '../train/recipe.ts';
import type { TrainingFiles } from '../train/train-model.ts';
import { number, parseEyes, wholeNumber } from './options.ts';

export interface TrainingFlags extends TrainingFiles {
  out: string;
  backbone: Backbone;
  stride: number;
  width: number;
  depth?: number;
  features?: number;
  neighbours: number;
  epochs: number[];
  size: number[];
  batch: number;
  lr: number;
  warmup: number;
  drop?: number[];
  optimiser: OptimiserOptions['optimiser'];
  weightDecay: number;
  clip: number;
  ema: number;
  freeze: string[];
  threads: number;
  workers: number;
  seed: number;
  crop: CropRuleName;
  flip: boolean;
  licence: string;
  resume?: true;
  log?: string;
}

const [{ size: SIZE, epochs: EPOCHS }] = RECIPE.stages;

/** Adds the options that both commands have, those of the files first. */
export function addTrainingOptions(command: Command): Command {
  return command
    .requiredOption('--list <file>', 'labelled faces, one a line')
    .requiredOption('--images <folder>', 'folder that the names in the lists start from')
    .requiredOption('--out <file>', 'model to write (.safetensors)')
    .option('--val <file>', 'labelled faces to measure the model on after each epoch')
    .option('--val-images <folder>', 'folder of their pictures, where it is another')
    .option(
      '--init <file>',
      'weights to start from: a model, safetensors, a PyTorch checkpoint, or "default" or "nano" for those of the package; what fits is taken',
    )
    .addOption(new Option('--backbone <name>', 'network').choices([...BACKBONES]).default(RECIPE.backbone))
    .option(
      '--stride <n>',
      `pixels per cell of the score map: ${TRAINED_STRIDES.join(', ')}`,
      wholeNumber('--stride', 1, 128),
      RECIPE.stride,
    )
    .option('--width <factor>', "factor on MobileNetV2's channels", number('--width', MIN_WIDTH, MAX_WIDTH), RECIPE.width)
    .option('--depth <n>', 'how many of its seven stages there are, the first ones (default: 7)', wholeNumber('--depth', 1, MAX_DEPTH))
    .option(
      '--features <n>',
      'channels of its last layer, a multiple of 8 (default: 1280 or more)',
      wholeNumber('--features', 8, MAX_FEATURES),
    )
    .option('--neighbours <n>', 'neighbours that each landmark predicts', wholeNumber('--neighbours', 0, 100), RECIPE.neighbours)
    .option(
      '--size <n,...>',
      'side of the crops in pixels, a multiple of the stride; several: one after the other; the model is for the last',
      list('--size', wholeNumber('--size', 8, 1024)),
      [SIZE],
    )
    .option('--epochs <n,...>', 'how often each face is seen, at each size', list('--epochs', wholeNumber('--epochs', 1, 100000)), [EPOCHS])
    .option('--batch <n>', 'faces a step', wholeNumber('--batch', 1, 1024), RECIPE.batch)
    .option('--lr <rate>', 'learning rate at its highest', number('--lr', 0, 1), RECIPE.rate)
    .option('--warmup <n>', 'epochs over which the rate rises; then it falls along a cosine', number('--warmup', 0, 1000), RECIPE.warmup)
    .option(
      '--drop <n,...>',
      'epochs after which the rate falls to a tenth, instead of along a cosine',
      list('--drop', number('--drop', 0, 100000)),
    )
    .addOption(new Option('--optimiser <name>', 'how weights follow gradients').choices([...OPTIMISERS]).default(RECIPE.optimiser))
    .option('--weight-decay <n>', 'weight decay', number('--weight-decay', 0, 0.5), RECIPE.weightDecay)
    .option('--clip <norm>', 'largest norm of the gradients, 0 for any', number('--clip', 0, 1e9), RECIPE.clip)
    .option('--ema <decay>', "decay of the weights' moving average per step, 0 for none", number('--ema', 0, 0.99999), RECIPE.ema)
    .option(
      '--freeze <name,...>',
      'beginnings of names of parameters that stay as they are, such as features.0.',
      list('--freeze', String),
      [],
    )
    .option('--threads <n>', 'threads that share each batch', wholeNumber('--threads', 1, 64), RECIPE.threads)
    .option('--workers <n>', 'threads that prepare batches', wholeNumber('--workers', 0, 64), RECIPE.workers)
    .option('--seed <n>', 'the same seed and thread count give the same weights', wholeNumber('--seed', 0, 2 ** 32 - 1), RECIPE.seed)
    .addOption(new Option('--crop <rule>', 'how faces are cropped').choices(Object.keys(CROP_RULES)).default(RECIPE.crop))
    .option('--no-flip', 'never mirror faces')
    .option('--eyes <i,j>', 'indices of the outer eye corners, where the landmark count does not tell them', parseEyes)
    .option('--licence <text>', 'terms of the weights and of the faces behind them', 'unknown')
    .option('--resume', 'go on where an interrupted training was saved')
    .option('--log <file>', 'append a line of JSON after each epoch');
}

/** The flags as the library takes them. */
export function recipeOf({
  size,
  epochs,
  lr,
  drop,
  freeze,
  stride,
  ...flags
}: TrainingFlags): Partial<Recipe> & TrainingFiles & { out: string } {
  if (size.length !== epochs.length && epochs.length > 1) {
    throw new ArgumentError(
      `--size ${size.join()} has ${size.length} and --epochs ${epochs.join()} ${epochs.length}: give as many epochs as sizes`,
    );
  }
  const stages: Stage[] = size.map((side, i) => ({ size: side, epochs: epochs[i] ?? epochs[0] }));
  return { ...flags, stride: stride as Stride, stages, rate: lr, drops: drop, frozen: freeze };
}

/** Makes a parser of values separated by commas, each read by `parse`. */
function list<T>(option: string, parse: (text: string) => T): (text: string) => T[] {
  return (text) => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.includes('')) throw new ArgumentError(`${option} ${text}: write values with commas between them`);
    return parts.map(parse);
  };
}
