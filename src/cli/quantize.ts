import { Command } from 'commander';
import { ModelError } from '../base/errors.ts';
import { CROP_RULES } from '../base/crop-rules.ts';
import { detectorCrop, exactCrop } from '../faces/crop.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { pipnet as pipnetNetwork } from '../network/pipnet.ts';
import { Calibration } from '../pip/calibrate.ts';
import type { Pipnet } from '../api.ts';
import { LocalPipnet } from '../pipnet.ts';
import { readModelFile } from '../files/read-model-file.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import type { Pixels } from '../base/types.ts';
import { readModel, writeModel } from '../weights/model.ts';
import { findPictures } from './inputs.ts';
import { parsed, wholeNumber } from './options.ts';
import { Progress } from './progress.ts';

interface Options {
  images: string[];
  out: string;
  limit: number;
}

const EXAMPLES = `
The weights become int8 with a scale for each output channel; the pictures (faces like those the model will see; a
hundred are enough) tell the range of each layer's inputs, and "evaluate" tells what it costs. Layers that int8 doesn't
suit (depthwise, the score map) stay in float32.

Examples:
  $ pipnet-wasm quantize model.safetensors --images faces/ --out model-i8.safetensors
  $ pipnet-wasm evaluate --model model-i8.safetensors --list val.txt --images faces/`;

/** `pipnet-wasm quantize`: post-training quantisation to int8. */
export function quantizeCommand(): Command {
  return new Command('quantize')
    .description('make a model that computes in int8: a quarter of the size, and faster')
    .argument('<model>', 'model file in f32 or f16')
    .requiredOption('--images <files...>', 'pictures of faces to calibrate with: files, folders or globs')
    .requiredOption('--out <file>', 'model file to write')
    .addOption(parsed('--limit <n>', 'pictures to use, evenly chosen', wholeNumber(1, 100_000)).default(100))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path: string, { images, out, limit }: Options): Promise<void> {
  const bytes = await readModelFile(path);
  const model = readModel(bytes, path);
  if (model.kind !== 'pipnet') throw new ModelError(`${path} is a face detector: only landmark models are quantised`);
  if (model.activationRanges) throw new ModelError(`${path} is quantised already: give the model that it was made from`);

  const found = await findPictures(images);
  const step = Math.max(1, found.length / limit);
  const pictures = Array.from({ length: Math.min(limit, found.length) }, (_, i) => found[Math.floor(i * step)]);
  const calibration = new Calibration(pipnetNetwork(model.architecture));
  using pipnet = await loadPipnet({ model: bytes });
  const progress = new Progress(pictures.length);
  let faces = 0;
  try {
    for (const picture of pictures) {
      faces += await calibrate(pipnet, await readImage(picture), calibration);
      progress.print([], process.stderr);
    }
  } finally {
    progress.stop();
  }

  const file = writeModel({ ...model, activationRanges: calibration.ranges }, 'i8', path);
  await writeFileAtomic(out, file);
  const layers = Object.keys(calibration.ranges).length;
  console.log(
    `${out}: ${layers} layers in int8, calibrated with ${faces} faces of ${pictures.length} pictures, ${(file.length / 1e6).toFixed(1)} MB`,
  );
}

/**
 * Shows a calibration the faces of a picture, or the whole of it where there are none.
 *
 * @returns the number of crops shown
 */
async function calibrate(pipnet: Pipnet<Pixels>, pixels: Pixels, calibration: Calibration): Promise<number> {
  const { width, height } = pixels;
  const { model, network } = LocalPipnet.partsOf(pipnet);
  const crops = (await pipnet.detectBoxes(pixels)).map(({ box }) => detectorCrop(box, CROP_RULES[model.detectorCrop], width, height)!);
  if (crops.length === 0) crops.push(exactCrop({ x: 0, y: 0, width, height }));
  for (const crop of crops) network.observe(pixels, crop, (step, input) => calibration.add(step, input));
  return crops.length;
}
