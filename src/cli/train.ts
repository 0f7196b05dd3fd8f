// Trains a model from labelled pictures.
import { Command } from 'commander';
import { trainModel } from '../train/train-model.ts';
import type { Profile } from '../step/trainer.ts';
import { alignColumns } from './columns.ts';
import { TrainProgress } from './train-progress.ts';
import { addTrainingOptions, recipeOf, type TrainingFlags } from './training-options.ts';

interface Flags extends TrainingFlags {
  plot?: string;
  profile?: true;
}

const EXAMPLES = `
Lists have one face a line, "name x0 y0 x1 y1 ...": a picture below the folder, then its landmarks in pixels. After each
epoch the model so far is written to --out, and what --resume needs to <out>.training. Ctrl-C saves and ends.

Examples:
  $ pipnet-wasm train --list train.txt --images images --out model.safetensors
  $ pipnet-wasm train --list train.txt --val val.txt --images images --init mobilenetv2.pth --threads 2 --plot curves.svg --out model.safetensors
  $ pipnet-wasm train --list train.txt --val val.txt --images images --size 192,256 --epochs 24,7 --batch 24 --out model.safetensors
  $ pipnet-wasm train --list train.txt --images images --out model.safetensors --resume`;

/** `pipnet-wasm train`: trains a model. */
export function trainCommand(): Command {
  return addTrainingOptions(new Command('train').description('train a landmark model on labelled pictures'))
    .option('--plot <file>', 'draw the curves of loss and NME after each epoch (SVG)')
    .option('--profile', 'show at the end where the time went, layer by layer')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const progress = new TrainProgress(flags);
  try {
    const { finished, profile } = await trainModel(recipeOf(flags), progress.hooks());
    if (profile) progress.print(profileTable(profile).join('\n'));
    if (!finished) progress.stopped();
  } finally {
    progress.stop();
  }
}

/** Milliseconds, the most expensive first. */
export function profileTable(profile: Profile): string[] {
  const entries = [...profile.values()].sort((a, b) => b.ms - a.ms);
  const total = entries.reduce((sum, { ms }) => sum + ms, 0);
  const rows = entries.map(({ pass, layer, ms }) => [layer, pass, ms.toFixed(0), `${((100 * ms) / total).toFixed(1)} %`]);
  return alignColumns([['layer', 'pass', 'ms', 'share'], ...rows, ['all', '', total.toFixed(0), '100 %']], [2, 3]);
}
