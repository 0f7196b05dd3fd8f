// Adapts a model to unlabelled faces: self-training with curriculum.
import { Command, Option } from 'commander';
import { CROP_RULES, type CropRuleName } from '../base/crop-rules.ts';
import { adaptModel, type RoundReport } from '../train/adapt-model.ts';
import { alignColumns } from './columns.ts';
import { number, parsed, wholeNumber } from './options.ts';
import { TrainProgress } from './train-progress.ts';
import { addTrainingOptions, recipeOf, type TrainingFlags } from './training-options.ts';

interface Flags extends TrainingFlags {
  unlabelled: string;
  unlabelledImages: string;
  unlabelledCrop?: CropRuleName;
  teacher?: string;
  rounds: number;
  curriculum: boolean;
  confidence: number;
  labelledShare: number;
}

const HELP = `
A network is trained on the labelled faces; it labels the unlabelled ones; a fresh network learns from both, and labels them
anew for the next round. With the curriculum the first rounds use the pseudo-labels only for the quarter of the face that a
landmark is in (2x2), then the sixteenth (4x4), then for everything. Each round takes the same number of steps. The rounds'
models are written to <out>.round0.safetensors and so on, the last one to --out; --resume doesn't make finished ones again.

Examples:
  $ pipnet-wasm prepare --format folder frames --out frames-crops
  $ pipnet-wasm adapt --list train.txt --images images --unlabelled frames-crops/list.txt --unlabelled-images frames-crops/images --unlabelled-crop detector --out adapted.safetensors
  $ pipnet-wasm adapt --list train.txt --images images --unlabelled faces.txt --unlabelled-images frames --teacher model.safetensors --no-curriculum --out adapted.safetensors`;

/** `pipnet-wasm adapt`: self-training. */
export function adaptCommand(): Command {
  return addTrainingOptions(new Command('adapt').description('adapt a landmark model to unlabelled faces: self-training with curriculum'))
    .requiredOption('--unlabelled <file>', 'unlabelled faces, one a line: "name x0 y0 x1 y1", a box in pixels')
    .requiredOption('--unlabelled-images <folder>', 'folder that their names start from')
    .addOption(new Option('--unlabelled-crop <rule>', 'how their boxes are cropped (default: as --crop)').choices(Object.keys(CROP_RULES)))
    .option('--teacher <file>', 'model for the first pseudo-labels, instead of one trained on the labelled faces')
    .addOption(parsed('--rounds <n>', 'rounds of pseudo-labels', wholeNumber(1, 100)).default(5))
    .option('--no-curriculum', 'use pseudo-labels for everything from the first round on')
    .addOption(parsed('--confidence <score>', 'least mean score of a pseudo-labelled face', number(0, 2)).default(0))
    .addOption(parsed('--labelled-share <n>', 'share of each batch that is labelled', number(0.01, 0.99)).default(0.5))
    .addHelpText('after', HELP)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const progress = new TrainProgress(flags);
  try {
    let round = '';
    const hooks = progress.hooks();
    const { finished, rounds } = await adaptModel(recipeOf(flags) as Parameters<typeof adaptModel>[0], {
      ...hooks,
      onLabelling: (done, total) => progress.count('faces pseudo-labelled', done, total),
      onRound: (report, labels) => {
        round = `round ${report.round}: `;
        for (const reason of labels?.skipped ?? []) console.warn(`skipped: ${reason}`);
        const unsure = report.unsure > 0 ? `, ${report.unsure} left out as unsure` : '';
        progress.print(
          report.round === 0
            ? 'round 0: labelled faces alone'
            : `${round}${report.faces} pseudo-labelled faces${unsure}, used for ${report.tasks}`,
        );
      },
      onEpoch: (record) => progress.epoch(record, round),
    });
    progress.print(roundTable(rounds).join('\n'));
    if (!finished) progress.stopped();
  } finally {
    progress.stop();
  }
}

function roundTable(rounds: readonly RoundReport[]): string[] {
  const percent = (value: number | undefined) => (value === undefined ? '-' : `${(100 * value).toFixed(3)} %`);
  const rows = rounds.map(({ round, tasks, faces, record, model }) => [
    String(round),
    tasks,
    String(faces),
    record ? record.loss.toFixed(4) : '-',
    percent(record?.nme),
    model,
  ]);
  return alignColumns([['round', 'pseudo-labels for', 'faces', 'loss', 'NME', 'model'], ...rows], [2, 3, 4]);
}
