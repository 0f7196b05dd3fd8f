// The options that `train` and `adapt` share: where the faces are, and the recipe; and those that any training has.
import { Option, type Command } from 'commander';
import { ArgumentError } from '../base/errors.ts';
import { CROP_RULES } from '../base/crop-rules.ts';
import { MAX_DEPTH } from '../network/mobilenet-v2.ts';
import { BACKBONES, MAX_FEATURES, MAX_WIDTH, MIN_WIDTH, type Stride } from '../network/pipnet.ts';
import { OPTIMISERS } from '../step/optimiser.ts';
import { RECIPE, TRAINED_STRIDES, type Recipe, type Stage } from '../train/recipe.ts';
import type { TrainingFiles } from '../train/train-model.ts';
import { eyesOption, list, number, parsed, wholeNumber } from './options.ts';

/** The recipe, with what the command line says in another way. */
export interface TrainingFlags extends TrainingFiles, Omit<Recipe, 'stride' | 'stages' | 'rate' | 'drops' | 'frozen'> {
  out: string;
  stride: number;
  epochs: number[];
  size: number[];
  lr: number;
  drop?: number[];
  freeze: string[];
  licence: string;
  resume?: true;
  log?: string;
}

const [{ size: SIZE, epochs: EPOCHS }] = RECIPE.stages;

/** The options of any training, with a recipe's defaults. */
export function learningOptions(recipe: Pick<Recipe, 'rate' | 'warmup' | 'weightDecay' | 'clip' | 'ema' | 'threads' | 'workers' | 'seed'>) {
  return {
    rate: parsed('--lr <rate>', 'learning rate at its highest', number(0, 1)).default(recipe.rate),
    warmup: parsed('--warmup <n>', 'epochs over which the rate rises; then it falls along a cosine', number(0, 1000)).default(
      recipe.warmup,
    ),
    weightDecay: parsed('--weight-decay <n>', 'weight decay', number(0, 0.5)).default(recipe.weightDecay),
    clip: parsed('--clip <norm>', 'largest norm of the gradients, 0 for any', number(0, 1e9)).default(recipe.clip),
    ema: parsed('--ema <decay>', "decay of the weights' moving average per step, 0 for none", number(0, 0.99999)).default(recipe.ema),
    threads: parsed('--threads <n>', 'threads that share each batch', wholeNumber(1, 64)).default(recipe.threads),
    workers: parsed('--workers <n>', 'threads that prepare batches', wholeNumber(0, 64)).default(recipe.workers),
    seed: parsed('--seed <n>', 'the same seed and thread count give the same weights', wholeNumber(0, 2 ** 32 - 1)).default(recipe.seed),
  };
}

/** Adds the options that both commands have, those of the files first. */
export function addTrainingOptions(command: Command): Command {
  const learning = learningOptions(RECIPE);
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
    .addOption(
      parsed('--stride <n>', `pixels per cell of the score map: ${TRAINED_STRIDES.join(', ')}`, wholeNumber(1, 128)).default(RECIPE.stride),
    )
    .addOption(parsed('--width <factor>', "factor on MobileNetV2's channels", number(MIN_WIDTH, MAX_WIDTH)).default(RECIPE.width))
    .addOption(parsed('--depth <n>', 'how many of its seven stages there are, the first ones (default: 7)', wholeNumber(1, MAX_DEPTH)))
    .addOption(
      parsed('--features <n>', 'channels of its last layer, a multiple of 8 (default: 1280 or more)', wholeNumber(8, MAX_FEATURES)),
    )
    .addOption(parsed('--neighbours <n>', 'neighbours that each landmark predicts', wholeNumber(0, 100)).default(RECIPE.neighbours))
    .addOption(
      parsed(
        '--size <n,...>',
        'side of the crops in pixels, a multiple of the stride; several: one after the other; the model is for the last',
        list(wholeNumber(8, 1024)),
      ).default([SIZE]),
    )
    .addOption(parsed('--epochs <n,...>', 'how often each face is seen, at each size', list(wholeNumber(1, 100000))).default([EPOCHS]))
    .addOption(parsed('--batch <n>', 'faces a step', wholeNumber(1, 1024)).default(RECIPE.batch))
    .addOption(learning.rate)
    .addOption(learning.warmup)
    .addOption(parsed('--drop <n,...>', 'epochs after which the rate falls to a tenth, instead of along a cosine', list(number(0, 100000))))
    .addOption(new Option('--optimiser <name>', 'how weights follow gradients').choices([...OPTIMISERS]).default(RECIPE.optimiser))
    .addOption(learning.weightDecay)
    .addOption(learning.clip)
    .addOption(learning.ema)
    .addOption(
      parsed('--freeze <name,...>', 'beginnings of names of parameters that stay as they are, such as features.0.', list(String)).default(
        [],
      ),
    )
    .addOption(learning.threads)
    .addOption(learning.workers)
    .addOption(learning.seed)
    .addOption(new Option('--crop <rule>', 'how faces are cropped').choices(Object.keys(CROP_RULES)).default(RECIPE.crop))
    .option('--no-flip', 'never mirror faces')
    .addOption(eyesOption())
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
