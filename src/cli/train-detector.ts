// Trains a face detector from pictures whose faces are all marked.
import { Command } from 'commander';
import { ArgumentError } from '../base/errors.ts';
import { DETECTOR_RECIPE as RECIPE, trainDetector } from '../train/train-detector.ts';
import { number, parsed, wholeNumber } from './options.ts';
import { profileTable } from './train.ts';
import { learningOptions } from './training-options.ts';
import { TrainProgress } from './train-progress.ts';

interface Flags {
  list: string[];
  images: string[];
  negatives: string[];
  heldOut?: number;
  without: string[];
  limit?: number;
  out: string;
  init?: string;
  size: number;
  epochs: number;
  batch: number;
  lr: number;
  warmup: number;
  weightDecay: number;
  clip: number;
  ema: number;
  threads: number;
  workers: number;
  seed: number;
  licence: string;
  resume?: true;
  log?: string;
  plot?: string;
  profile?: true;
}

const EXAMPLES = `
Lists have one picture a line, as JSON:
  {"name": "a.jpg", "faces": [{"box": [x, y, width, height], "points": [ten numbers], "score": 0.9}]}
Points are x and y of the person's right eye, left eye, nose, right and left corner of the mouth. All faces of a picture must
be there; those with a score from 0.3 to 0.6 count as neither face nor background. Lists of 68 landmarks, "name x0 y0 x1 y1
...", as train takes them, are turned into boxes and points. A list that is given twice is seen twice as often.

Each picture that is learned from is a new mosaic of turned, scaled and mirrored parts. After each epoch the detector so far
is written to --out, and what --resume needs to <out>.training. Ctrl-C saves and ends.

Examples:
  $ pipnet-wasm train-detector --list faces.jsonl --images photos --negatives empty --out detector.safetensors
  $ pipnet-wasm train-detector --list a.jsonl --images a --list 300w/train.txt --images 300w/images --held-out 10 --out detector.safetensors
  $ pipnet-wasm train-detector --list faces.jsonl --images photos --negatives empty --out detector.safetensors --resume`;

/** `pipnet-wasm train-detector`: trains a face detector. */
export function trainDetectorCommand(): Command {
  const learning = learningOptions(RECIPE);
  const more = (value: string, before: string[]) => [...before, value];
  return new Command('train-detector')
    .description('train a face detector on pictures whose faces are all marked')
    .requiredOption('--list <file>', 'pictures and their faces, one picture a line; may be given several times', more, [])
    .requiredOption('--images <folder>', 'folder that the names in the list start from, for each list', more, [])
    .option('--negatives <folder>', 'folder of pictures without faces; may be given several times', more, [])
    .addOption(
      parsed('--held-out <percent>', 'share of all pictures that is not learned; evaluate --held-out has the same ones', number(0, 100)),
    )
    .option(
      '--without <list>',
      'list of pictures that are not learned, nor others of the same photographs; may be given several times',
      more,
      [],
    )
    .addOption(parsed('--limit <n>', 'at most so many pictures of each list and folder, evenly taken', wholeNumber(1, 1e6)))
    .requiredOption('--out <file>', 'detector to write (.safetensors)')
    .option('--init <file>', 'detector to start from')
    .addOption(parsed('--size <n>', 'side of the pictures in pixels, a multiple of 32', wholeNumber(64, 1024)).default(RECIPE.size))
    .addOption(parsed('--epochs <n>', 'how often each picture is seen', wholeNumber(1, 100000)).default(RECIPE.epochs))
    .addOption(parsed('--batch <n>', 'pictures a step', wholeNumber(1, 1024)).default(RECIPE.batch))
    .addOption(learning.rate)
    .addOption(learning.warmup)
    .addOption(learning.weightDecay)
    .addOption(learning.clip)
    .addOption(learning.ema)
    .addOption(learning.threads)
    .addOption(learning.workers)
    .addOption(learning.seed)
    .option('--licence <text>', 'terms of the weights and of the pictures behind them', 'unknown')
    .option('--resume', 'go on where an interrupted training was saved')
    .option('--log <file>', 'append a line of JSON after each epoch')
    .option('--plot <file>', 'draw the curve of the loss after each epoch (SVG)')
    .option('--profile', 'show at the end where the time went, layer by layer')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ list, images, lr, ...flags }: Flags): Promise<void> {
  if (list.length !== images.length)
    throw new ArgumentError(`--list is there ${list.length} times and --images ${images.length}: each list needs its folder`);
  const progress = new TrainProgress(flags);
  try {
    const sets = list.map((file, i) => ({ list: file, images: images[i] }));
    const { finished, profile } = await trainDetector({ ...flags, sets, rate: lr }, progress.hooks());
    if (profile) progress.print(profileTable(profile).join('\n'));
    if (!finished) progress.stopped();
  } finally {
    progress.stop();
  }
}
