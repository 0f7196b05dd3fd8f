import { Command, Option } from 'commander';
import { ArgumentError } from '../base/errors.ts';
import { prepareFaces } from '../datasets/prepare.ts';
import { DATASET_FORMATS, readDataset, sourceOf, type DatasetFormat } from '../datasets/index.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import type { LabelOffset } from '../base/label-offset.ts';
import type { Box, Pixels } from '../base/types.ts';
import { oneLine } from './failure.ts';
import { labelOffset, number, parsed, wholeNumber } from './options.ts';
import { startBar } from './progress.ts';

interface Options {
  format: DatasetFormat;
  out: string;
  images?: string;
  boxes?: string;
  part: 'train' | 'test';
  margin: number;
  maxSize: number;
  png?: true;
  validation: number;
  labelOffset?: LabelOffset;
}

/** Reasons that are printed; their count is always told. */
const REASONS_SHOWN = 5;

const HELP = `
Formats and their source:
${DATASET_FORMATS.map((format) => `  ${format.padEnd(6)}  ${sourceOf(format)}`).join('\n')}

Writes <out>/images, square crops around the faces, and <out>/list.txt, landmarks in pixels of the crop; for pictures
without landmarks the face's box. These are what train, adapt and evaluate take.

Examples:
  $ pipnet-wasm prepare --format 300w 300W/trainset --out train --validation 200
  $ pipnet-wasm prepare --format wflw WFLW_annotations/list_98pt_rect_attr_train_test/list_98pt_rect_attr_train.txt --images WFLW_images --out wflw
  $ pipnet-wasm prepare --format list labels.txt --images photos --out mine
  $ pipnet-wasm prepare --format folder frames --out unlabelled`;

/** `pipnet-wasm prepare`: a dataset to crops and a list. */
export function prepareCommand(): Command {
  return new Command('prepare')
    .description('cut the faces out of a dataset, for training: crops and a list of landmarks')
    .argument('<source>', 'folder, list or .mat file of the dataset')
    .addOption(new Option('--format <name>', 'what the dataset is').choices(DATASET_FORMATS).makeOptionMandatory())
    .requiredOption('--out <folder>', 'folder for the crops and the list, new or empty')
    .option('--images <folder>', 'folder of the pictures, where they are not in their usual place')
    .option('--boxes <file>', 'faces of unlabelled pictures, "name x0 y0 x1 y1"')
    .addOption(new Option('--part <name>', 'which part of AFLW').choices(['train', 'test']).default('train'))
    .addOption(
      parsed('--margin <factor>', 'side of a crop in sides of the face; training turns and shifts faces within it', number(1, 4)).default(
        1.6,
      ),
    )
    .addOption(parsed('--max-size <pixels>', 'longest side of a crop', wholeNumber(32, 4096)).default(384))
    .option('--png', 'store crops without loss, several times as large')
    .addOption(
      parsed(
        '--label-offset <x,y>',
        'where the landmarks lie beside what the picture shows, in units of the crop: the list will say it',
        labelOffset,
      ),
    )
    .addOption(parsed('--validation <n>', 'put n faces, taken evenly, into validation.txt', wholeNumber(0, 1_000_000)).default(0))
    .addHelpText('after', HELP)
    .action(run);
}

async function run(path: string, options: Options): Promise<void> {
  if (options.boxes !== undefined && options.format !== 'folder')
    throw new ArgumentError(`--boxes is for --format folder: ${options.format} has landmarks`);
  const { format, images, boxes, part, out, margin, maxSize, labelOffset } = options;
  const dataset = await readDataset(format, { path, images, boxes, part });
  const faces = labelOffset === undefined ? dataset : dataset.map((face) => ({ ...face, labelOffset }));
  const unplaced = faces.some(({ points, box }) => !points && !box);
  const detect = unplaced ? await faceFinder() : undefined;

  const bar = startBar('{value}/{total} faces, {skipped} skipped, {eta_formatted} left', faces.length, { skipped: 0 });
  const { crops, validation, skipped } = await prepareFaces(faces, {
    out,
    margin,
    maxSize,
    detect,
    encoding: options.png ? 'png' : 'jpeg',
    validation: options.validation,
    onProgress: (done, count) => bar?.update(done, { skipped: count }),
  }).finally(() => bar?.stop());

  const landmarks = faces[0].points ? `${faces[0].points.length / 2} landmarks each` : 'no landmarks';
  console.log(`${crops} faces, ${landmarks}, in ${options.out}${validation > 0 ? `; ${validation} of them for validation` : ''}`);
  if (skipped.length === 0) return;
  console.error(oneLine(`${skipped.length} skipped:`));
  for (const reason of skipped.slice(0, REASONS_SHOWN)) console.error(oneLine(reason));
  if (skipped.length > REASONS_SHOWN) console.error(oneLine(`... and ${skipped.length - REASONS_SHOWN} more`));
}

/** The detector that ships. */
async function faceFinder(): Promise<(picture: Pixels) => Promise<Box[]>> {
  const pipnet = await loadPipnet();
  return async (picture) => (await pipnet.detectBoxes(picture)).map(({ box }) => box);
}
