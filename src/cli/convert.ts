import { Command, Option } from 'commander';
import { ArgumentError } from '../base/errors.ts';
import { CROP_RULES, type CropRuleName } from '../base/crop-rules.ts';
import type { LabelOffset } from '../base/label-offset.ts';
import { readText } from '../files/read-text.ts';
import { MAX_DEPTH } from '../network/mobilenet-v2.ts';
import { BACKBONES, MAX_FEATURES, MAX_WIDTH, MIN_WIDTH, STRIDES, type Backbone, type Stride } from '../network/pipnet.ts';
import { readModelFile } from '../files/read-model-file.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { readCheckpoint } from '../weights/checkpoint.ts';
import { parseMeanFace } from '../weights/mean-face.ts';
import { DETECTORS, PIXEL_MEAN, PIXEL_STD, readModel, schemeName, writeModel, type Model } from '../weights/model.ts';
import { isSafetensors } from '../weights/safetensors.ts';
import { DTYPES, type Dtype } from '../weights/tensor.ts';
import { labelOffset, number, parsed, wholeNumber } from './options.ts';

interface Options {
  out: string;
  dtype: Dtype;
  backbone?: Backbone | typeof DETECTOR;
  landmarks?: number;
  neighbours?: number;
  stride?: number;
  width?: number;
  depth?: number;
  features?: number;
  size?: number;
  meanFace?: string;
  scheme?: string;
  supervisedCrop?: CropRuleName;
  labelOffset?: LabelOffset;
  licence?: string;
  nme?: string;
}

const DETECTOR = 'faceboxesv2';

/** What the authors train with. */
const LANDMARKS = 68;
const NEIGHBOURS = 10;
const STRIDE = 32;
const INPUT_SIZE = 256;

/** Landmarks of WFLW, whose crop rule is another than everybody else's. */
const WFLW = 98;

const EXAMPLES = `
The checkpoint is a state dict as torch.save writes it, old format or new; nothing in it is executed. A model file of
pipnet-wasm may be given instead, to change its number format or what it says of its labels' offset, licence and error.
The mean face is a text file of x y x y ... in units of the crop, as the authors' training writes it (meanface.txt).
The number format applies to weights; biases and batch norm stay f32. i8 has one scale per output
channel; depthwise convolutions stay f16.

Examples:
  $ pipnet-wasm convert epoch59.pth --backbone resnet18 --mean-face meanface.txt --out resnet18-68.safetensors
  $ pipnet-wasm convert wflw.pth --backbone mobilenet_v2 --landmarks 98 --mean-face meanface.txt --out wflw.safetensors
  $ pipnet-wasm convert FaceBoxesV2.pth --backbone faceboxesv2 --licence MIT --out faceboxesv2.safetensors
  $ pipnet-wasm convert resnet18-68.safetensors --dtype i8 --out resnet18-68-i8.safetensors`;

/** `pipnet-wasm convert`: makes a model file from a PyTorch checkpoint, or from another model file. */
export function convertCommand(): Command {
  return new Command('convert')
    .description('make a model file from a PyTorch checkpoint')
    .argument('<checkpoint>', 'PyTorch state dict (.pth), or a model file')
    .requiredOption('--out <file>', 'model file to write')
    .addOption(new Option('--backbone <name>', 'network of the checkpoint').choices([...BACKBONES, DETECTOR]))
    .option('--mean-face <file>', 'mean face of the training set')
    .addOption(parsed('--landmarks <n>', `number of landmarks (default: ${LANDMARKS})`, wholeNumber(1, 1000)))
    .addOption(parsed('--neighbours <n>', `neighbours that each landmark predicts (default: ${NEIGHBOURS})`, wholeNumber(0, 999)))
    .addOption(parsed('--stride <n>', `pixels per cell of the score map: ${STRIDES.join(', ')} (default: ${STRIDE})`, wholeNumber(8, 128)))
    .addOption(parsed('--width <factor>', "factor on MobileNetV2's channels (default: 1)", number(MIN_WIDTH, MAX_WIDTH)))
    .addOption(parsed('--depth <n>', 'how many of its seven stages there are, the first ones (default: 7)', wholeNumber(1, MAX_DEPTH)))
    .addOption(parsed('--features <n>', "channels of MobileNetV2's last layer (default: 1280 or more)", wholeNumber(8, MAX_FEATURES)))
    .addOption(parsed('--size <n>', `side of the crops that it reads, in pixels (default: ${INPUT_SIZE})`, wholeNumber(8, 1024)))
    .option('--scheme <name>', 'what the landmarks are (default: 300w-68, wflw-98 or custom, by their number)')
    .addOption(
      new Option('--supervised-crop <rule>', 'how its training cropped faces (default: wflw for 98 landmarks, else 300w)').choices(
        Object.keys(CROP_RULES),
      ),
    )
    .addOption(
      parsed(
        '--label-offset <x,y>',
        'where the labels of its dataset lie beside its answers, in units of the crop (default: 0,0)',
        labelOffset,
      ),
    )
    .option('--licence <text>', 'terms of the weights and of the faces behind them (default: unknown)')
    .option('--nme <text>', 'its error, and where that was measured')
    .addOption(new Option('--dtype <format>', 'number format of the weights').choices(DTYPES).default('f16'))
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(path: string, options: Options): Promise<void> {
  const bytes = await readModelFile(path);
  const model = isSafetensors(bytes) ? again(bytes, path, options) : await fromCheckpoint(bytes, path, options);
  const file = writeModel(model, options.dtype, path);
  await writeFileAtomic(options.out, file);

  const parameters = [...model.tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const network =
    model.kind !== 'pipnet'
      ? DETECTORS[model.kind].title
      : `PIPNet ${model.architecture.backbone}, ${model.architecture.landmarks} landmarks (${model.scheme})`;
  console.log(
    `${options.out}: ${network}, ${(parameters / 1e6).toFixed(2)} M parameters as ${options.dtype}, ${(file.length / 1e6).toFixed(1)} MB`,
  );
}

function again(bytes: Uint8Array, path: string, options: Options): Model {
  const { licence, nme, labelOffset } = options;
  const model = readModel(bytes, path);
  const known = `${path} is a model file, which knows that by itself`;
  if (model.kind !== 'pipnet') {
    refuseOthers(options, ['out', 'dtype', 'licence'], known);
    return { ...model, licence: licence ?? model.licence };
  }
  refuseOthers(options, ['out', 'dtype', 'licence', 'nme', 'labelOffset'], known);
  return {
    ...model,
    licence: licence ?? model.licence,
    ...(nme === undefined ? {} : { nme }),
    ...(labelOffset === undefined ? {} : { labelOffset }),
  };
}

async function fromCheckpoint(bytes: Uint8Array, path: string, options: Options): Promise<Model> {
  const {
    backbone,
    meanFace,
    landmarks = LANDMARKS,
    neighbours = NEIGHBOURS,
    stride = STRIDE,
    width,
    depth,
    features,
    licence = 'unknown',
    nme,
  } = options;
  if (backbone === undefined)
    throw new ArgumentError(`${path} is a checkpoint: name its network with --backbone, one of ${[...BACKBONES, DETECTOR].join(', ')}`);
  if (backbone === DETECTOR) {
    refuseOthers(options, ['out', 'dtype', 'backbone', 'licence'], `${DETECTOR} is a detector, without landmarks`);
    return { kind: 'faceboxes', licence, tensors: readCheckpoint(bytes, path) };
  }
  if (meanFace === undefined) throw new ArgumentError('a PIPNet needs the mean face of its training set: name the file with --mean-face');
  return {
    kind: 'pipnet',
    architecture: { backbone, landmarks, neighbours, stride: stride as Stride, width, depth, features },
    inputSize: options.size ?? INPUT_SIZE,
    ...(options.labelOffset === undefined ? {} : { labelOffset: options.labelOffset }),
    scheme: options.scheme ?? schemeName(landmarks),
    meanFace: parseMeanFace(await readText(meanFace, 'the mean face'), landmarks, meanFace),
    detectorCrop: 'detector',
    supervisedCrop: options.supervisedCrop ?? (landmarks === WFLW ? 'wflw' : '300w'),
    mean: PIXEL_MEAN,
    std: PIXEL_STD,
    licence,
    ...(nme === undefined ? {} : { nme }),
    tensors: readCheckpoint(bytes, path),
  };
}

/** An option that would have no effect is better refused than ignored. */
function refuseOthers(options: Options, allowed: (keyof Options)[], why: string): void {
  const other = Object.keys(options).find((name) => !allowed.includes(name as keyof Options));
  if (other !== undefined)
    throw new ArgumentError(`--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} has no meaning here: ${why}`);
}
