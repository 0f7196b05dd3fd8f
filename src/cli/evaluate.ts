import { basename, dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Command, Option } from 'commander';
import { median } from '../base/statistics.ts';
import { ImageError, PipnetError } from '../base/errors.ts';
import { curveSvg } from '../evaluate/curve.ts';
import { evaluate, type Evaluation, type Predict } from '../evaluate/evaluate.ts';
import type { Sample } from '../base/samples.ts';
import { DATASET_FORMATS, readDataset, type DatasetFormat, type Face } from '../datasets/index.ts';
import { report } from '../evaluate/report.ts';
import { schemeFor } from '../evaluate/scheme.ts';
import { CROP_RULES } from '../base/crop-rules.ts';
import { exactCrop } from '../faces/crop.ts';
import type { LabelOffset } from '../base/label-offset.ts';
import { NO_DETECTOR, LocalPipnet } from '../pipnet.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import type { Pixels } from '../base/types.ts';
import { evaluateDetector, type DetectorOptions } from './evaluate-detector.ts';
import { detectorOption, eyesOption, labelOffset, modelOption, number, parsed, wholeNumber } from './options.ts';
import { startBar } from './progress.ts';

interface Options extends Omit<DetectorOptions, 'detector' | 'images'> {
  format: DatasetFormat;
  images?: string;
  model?: string;
  plot?: string;
  eyes?: [number, number];
  labelOffset?: LabelOffset;
  detector?: string;
}

/** A face whose landmarks are known, and where its picture is. */
type Labelled = Sample & Pick<Face, 'read'>;

const FORMATS = DATASET_FORMATS.filter((format) => format !== 'folder');

const EXAMPLES = `
The list has one face a line, "name x0 y0 x1 y1 ...": a picture below the folder, then its true landmarks in pixels; or it is a
dataset in a format that prepare takes. Each face is cropped as the model was trained, around its true landmarks. FR10 is the share of faces with an NME above
10 %, AUC10 the area under the cumulative error curve up to there.

Labels may lie beside what the picture shows: 300W's do, by half a per cent of the face. A line "# label-offset x y" in the
list says so for the faces below it, in units of the crop; without one, labels are taken to lie as those that the model was
trained on, which its file knows. Errors are measured without that offset.

With --detector a detector is measured instead, on a list as of train-detector: a face is found by a box that overlaps its own
by half; false alarms are told of pictures without faces too, where --negatives names a folder of them. Recall is told by size
and by angle too. Landmarks, those of --model, have a say where faces are read: they find what the detector is in doubt of, and
tell leaves from faces.

The package has twelve labelled faces to try it on; installed, they are in node_modules/pipnet-wasm/examples/faces.

Examples:
  $ pipnet-wasm evaluate --list examples/faces/list.txt --images examples/faces/images
  $ pipnet-wasm evaluate --format coco --list corrected.json --label-offset 0,0
  $ pipnet-wasm evaluate --list 300w/test.txt --images 300w/images
  $ pipnet-wasm evaluate --list wflw.txt --images WFLW_images --model wflw.safetensors --plot curve.svg
  $ pipnet-wasm evaluate --list test.txt --images images --limit 50 --json > result.json
  $ pipnet-wasm evaluate --detector facegrid --list faces.jsonl --images photos --held-out 10`;

/** `pipnet-wasm evaluate`: measures a model on labelled faces. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('measure a model on labelled faces: NME, failure rate and AUC, with and without NRM; or a detector')
    .requiredOption('--list <file>', 'labelled faces, one a line')
    .option('--images <folder>', "folder that the names in the list start from (default: the list's, or the dataset's usual one)")
    .addOption(new Option('--format <name>', 'what the list is, as prepare has it').choices(FORMATS).default('list'))
    .addOption(modelOption())
    .option('--json', 'print everything, each face included, as JSON (fractions instead of percent)')
    .option('--plot <file>', 'write the cumulative error curve as SVG')
    .addOption(eyesOption())
    .addOption(
      parsed(
        '--label-offset <x,y>',
        "where the labels lie beside what the picture shows, in units of the crop, unless the list says it (default: as those of the model's dataset; 0,0: there)",
        labelOffset,
      ),
    )
    .addOption(parsed('--limit <n>', 'only the first n lines of the list', wholeNumber(1, 1e6)))
    .addOption(detectorOption('detector to measure'))
    .addOption(parsed('--threshold <n>', 'with --detector: score from which on a box counts (default: 0.6)', number(0, 1)))
    .addOption(
      parsed('--detect-size <n>', 'with --detector: longest side of the picture that it is given (default: 1280)', wholeNumber(1, 8192)),
    )
    .addOption(
      parsed('--held-out <percent>', 'with --detector: only the pictures that train-detector --held-out has left out', number(0, 100)),
    )
    .option('--negatives <folder>', 'with --detector: pictures without faces, of which false alarms are told')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { detector } = options;
  if (detector !== undefined) return evaluateDetector({ ...options, images: options.images ?? dirname(options.list), detector });
  const all = await readLabelled(options);
  const samples = all.slice(0, options.limit);
  const pipnet = await loadPipnet({ model: options.model, detector: NO_DETECTOR });
  const { model, network } = LocalPipnet.partsOf(pipnet);
  const scheme = schemeFor(model.architecture.landmarks, options.eyes);
  const offset = options.labelOffset ?? model.labelOffset;

  const bar = startBar('{value}/{total} faces, {eta_formatted} left', samples.length);
  const times: number[] = [];
  const predict: Predict<Labelled> = async (sample, crop) => {
    const image = await readPicture(sample);
    const start = performance.now();
    const prediction = network.predict(image, exactCrop(crop));
    times.push(performance.now() - start);
    bar?.increment();
    return prediction;
  };
  const evaluation = await evaluate(samples, predict, scheme, CROP_RULES[model.supervisedCrop], offset).finally(() => bar?.stop());

  const skipped = all.length - samples.length;
  const msPerFace = median(times);
  if (options.json) console.log(JSON.stringify({ list: options.list, skipped, msPerFace, ...evaluation }, null, 2));
  else {
    console.log(`${samples.length} faces of ${options.list}${skipped > 0 ? `, ${skipped} skipped by --limit` : ''}`);
    console.log(`${msPerFace.toFixed(1)} ms per face for crop and network, without reading pictures (median)\n`);
    console.log(report(evaluation, model.inputSize));
  }
  if (options.plot !== undefined) await writeFileAtomic(options.plot, plot(evaluation, basename(options.list)));
}

function plot({ faces, count }: Evaluation, list: string): string {
  const series = [
    { label: 'with NRM', nmes: faces.map((face) => face.merged) },
    { label: 'without NRM', nmes: faces.map((face) => face.own) },
  ];
  return curveSvg(series, { title: `${list}, ${count} faces` });
}

async function readLabelled({ format, list, images }: Options): Promise<Labelled[]> {
  const faces = await readDataset(format, { path: list, images });
  return faces.filter((face): face is Labelled => face.points !== undefined);
}

async function readPicture({ read, source }: Labelled): Promise<Pixels> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PipnetError)) throw error;
    throw new ImageError(`${source}: ${error.message}`, { cause: error });
  }
}
