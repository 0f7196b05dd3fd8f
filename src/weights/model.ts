/**
 * Our model file: safetensors whose tensors have their official PyTorch names, and whose metadata says which network
 * they belong to and how its input is made.
 */

import type { ActivationRanges } from '../network/graph.ts';
import { isLabelOffset, parseLabelOffset, type LabelOffset } from '../base/label-offset.ts';
import { ArgumentError, DataError, ModelError } from '../base/errors.ts';
import { CROP_RULES, type CropRuleName } from '../base/crop-rules.ts';
import { faceboxes } from '../network/faceboxes.ts';
import { facegrid } from '../network/facegrid.ts';
import { parametersOf } from '../network/operations.ts';
import { BACKBONES, pipnet, type Architecture, type Backbone, type Stride } from '../network/pipnet.ts';
import { quote } from '../base/quote.ts';
import { checkParameters } from './check.ts';
import { parseMeanFace } from './mean-face.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import type { Dtype, Tensor } from './tensor.ts';

/** A landmark network (`kind` tells it from a detector): its `architecture`, how it sees faces, and its `tensors` by name. */
export interface PipnetModel {
  kind: 'pipnet';
  architecture: Architecture;
  /** Width and height of the crop that the network is given, in pixels. */
  inputSize: number;
  /** What the landmarks are, such as `300w-68`. */
  scheme: string;
  /** Where the labels of its dataset lie beside its answers, see base/label-offset.ts. Default: there. */
  labelOffset?: LabelOffset;
  /** x y x y ... in units of the crop. */
  meanFace: Float64Array;
  /** How boxes of a detector are cropped. */
  detectorCrop: CropRuleName;
  /** How boxes around landmarks are cropped, in training and where landmarks are read a second time. */
  supervisedCrop: CropRuleName;
  /** Of the pixels as R, G, B from 0 to 1: the network is given (pixel - mean) / std. */
  mean: number[];
  /** As `mean`. */
  std: number[];
  /** Terms of the weights, and of the faces that they were trained on. */
  licence: string;
  /** Its error, and where that was measured. */
  nme?: string;
  /** Inputs of the layers that are computed in int8, by `quantize`. */
  activationRanges?: ActivationRanges;
  tensors: Map<string, Tensor>;
}

/** A face detector, FaceBoxesV2. */
export interface FaceboxesModel {
  kind: 'faceboxes';
  licence: string;
  tensors: Map<string, Tensor>;
}

/** A face detector trained by `train-detector`. */
export interface FacegridModel {
  kind: 'facegrid';
  licence: string;
  tensors: Map<string, Tensor>;
}

export type DetectorModel = FaceboxesModel | FacegridModel;
export type Model = PipnetModel | DetectorModel;

/** The detectors by their models' kind: what files and people call them, and their networks. */
export const DETECTORS = {
  faceboxes: { architecture: 'faceboxesv2', title: 'FaceBoxesV2', network: faceboxes },
  facegrid: { architecture: 'facegrid', title: 'FaceGrid', network: facegrid },
};

/** The name of the landmarks, as far as their count tells it. */
export function schemeName(landmarks: number): string {
  return { 68: '300w-68', 98: 'wflw-98' }[landmarks] ?? 'custom';
}

const FORMAT = 'pipnet-wasm';
const VERSION = '1';

/** Bounds the memory that an untrusted file may ask for. */
const MAX_INPUT_SIZE = 1024;

/** ImageNet's, which all backbones start from. */
export const PIXEL_MEAN = [0.485, 0.456, 0.406];
export const PIXEL_STD = [0.229, 0.224, 0.225];

/**
 * Reads a model file; what it holds is checked to be a whole network with finite parameters.
 *
 * @param label what messages call the file
 * @throws ModelError for a file that is damaged, hostile, not ours, or doesn't fit the network it names
 */
export function readModel(bytes: Uint8Array, label = 'model'): Model {
  const { tensors, metadata } = readSafetensors(bytes, label);
  const fail = (message: string) => new ModelError(`${label}: ${message}`);
  if (metadata.format !== FORMAT) {
    throw fail('a safetensors file, but not a model of pipnet-wasm: make one from a PyTorch checkpoint with "pipnet-wasm convert"');
  }
  if (metadata.version !== VERSION) throw fail(`of version ${quote(metadata.version)}, only ${VERSION} is known: update pipnet-wasm`);

  const text = (key: string): string => {
    if (metadata[key] === undefined) throw fail(`its metadata lacks ${quote(key)}: convert it again`);
    return metadata[key];
  };
  const whole = (key: string): number => {
    if (!/^\d{1,6}$/.test(text(key))) throw fail(`its metadata ${quote(key)} is ${quote(text(key))}, not a whole number`);
    return Number(text(key));
  };
  const factor = (key: string): number => {
    if (!/^\d{1,3}(\.\d{1,6})?$/.test(text(key))) throw fail(`its metadata ${quote(key)} is ${quote(text(key))}, not a decimal number`);
    return Number(text(key));
  };
  const optional = <T>(key: string, parse: (key: string) => T): T | undefined => (metadata[key] === undefined ? undefined : parse(key));
  const triple = (key: string) => text(key).split(' ').map(Number);

  const common = { licence: text('licence'), tensors };
  const name = text('architecture');
  let model: Model;
  const detector = (Object.keys(DETECTORS) as DetectorModel['kind'][]).find((kind) => DETECTORS[kind].architecture === name);
  if (detector) model = { kind: detector, ...common };
  else if (name === 'pipnet') {
    const backbone = text('backbone') as Backbone;
    if (!BACKBONES.includes(backbone)) throw fail(`its backbone ${quote(backbone)} is unknown: expected one of ${BACKBONES.join(', ')}`);
    const landmarks = whole('landmarks');
    model = {
      kind: 'pipnet',
      architecture: {
        backbone,
        stride: whole('stride') as Stride,
        width: optional('width', factor),
        depth: optional('depth', whole),
        features: optional('features', whole),
        landmarks,
        neighbours: whole('neighbours'),
      },
      inputSize: whole('input_size'),
      scheme: text('landmark_scheme'),
      ...(metadata.label_offset === undefined
        ? {}
        : { labelOffset: asModelError(label, () => parseLabelOffset(metadata.label_offset, 'its metadata "label_offset"')) }),
      meanFace: asModelError(label, () => parseMeanFace(text('mean_face'), landmarks)),
      detectorCrop: text('detector_crop') as CropRuleName,
      supervisedCrop: text('supervised_crop') as CropRuleName,
      mean: triple('pixel_mean'),
      std: triple('pixel_std'),
      ...(metadata.nme === undefined ? {} : { nme: metadata.nme }),
      ...(metadata.activation_ranges === undefined ? {} : { activationRanges: parseRanges(metadata.activation_ranges, fail) }),
      ...common,
    };
  } else throw fail(`its architecture is ${quote(name)}: pipnet, faceboxesv2 and facegrid are known`);
  checkModel(model, label);
  return model;
}

/**
 * A model as a file, its weights as `dtype`.
 *
 * @param label what messages call the model
 * @throws ModelError if `readModel` would refuse it, or `dtype` can't hold a weight
 */
export function writeModel(model: Model, dtype: Dtype, label = 'model'): Uint8Array {
  checkModel(model, label);
  return writeSafetensors(model.tensors, { format: FORMAT, version: VERSION, ...describe(model) }, dtype);
}

function describe(model: Model): Record<string, string> {
  if (model.kind !== 'pipnet') return { architecture: DETECTORS[model.kind].architecture, licence: model.licence };
  const { backbone, stride, width = 1, depth, features, landmarks, neighbours } = model.architecture;
  return {
    architecture: 'pipnet',
    backbone,
    stride: String(stride),
    ...(width === 1 ? {} : { width: String(width) }),
    ...(depth === undefined ? {} : { depth: String(depth) }),
    ...(features === undefined ? {} : { features: String(features) }),
    landmarks: String(landmarks),
    neighbours: String(neighbours),
    input_size: String(model.inputSize),
    landmark_scheme: model.scheme,
    ...(model.labelOffset === undefined ? {} : { label_offset: model.labelOffset.join(' ') }),
    mean_face: model.meanFace.join(' '),
    pixel_mean: model.mean.join(' '),
    pixel_std: model.std.join(' '),
    detector_crop: model.detectorCrop,
    supervised_crop: model.supervisedCrop,
    licence: model.licence,
    ...(model.nme === undefined ? {} : { nme: model.nme }),
    ...(model.activationRanges === undefined ? {} : { activation_ranges: formatRanges(model.activationRanges) }),
  };
}

/** "name low high" for each layer, separated by ";". */
function formatRanges(ranges: ActivationRanges): string {
  return Object.entries(ranges)
    .map(([name, [low, high]]) => `${name} ${low} ${high}`)
    .join(';');
}

function parseRanges(text: string, fail: (message: string) => ModelError): ActivationRanges {
  const entries = text.split(';').map((entry): [string, [number, number]] => {
    const [name, low, high, ...rest] = entry.split(' ');
    const range: [number, number] = [Number(low), Number(high)];
    if (!name || rest.length > 0 || !range.every(Number.isFinite) || range[0] > range[1]) {
      throw fail(
        `its metadata "activation_ranges" has ${quote(entry)} instead of a layer's name, lowest and highest input: quantize it again`,
      );
    }
    return [name, range];
  });
  return Object.fromEntries(entries);
}

function checkModel(model: Model, label: string): void {
  const fail = (message: string) => new ModelError(`${label}: ${message}`);
  if (model.kind !== 'pipnet') return checkParameters(parametersOf(DETECTORS[model.kind].network()), model.tensors, label);

  const { architecture, inputSize, meanFace, mean, std } = model;
  const network = asModelError(label, () => pipnet(architecture));
  if (!(inputSize >= architecture.stride && inputSize <= MAX_INPUT_SIZE && inputSize % architecture.stride === 0)) {
    throw fail(`its input size is ${inputSize}: expected a multiple of its stride, ${architecture.stride}, of at most ${MAX_INPUT_SIZE}`);
  }
  if (meanFace.length !== 2 * architecture.landmarks || !meanFace.every(Number.isFinite)) {
    throw fail(
      `its mean face has ${meanFace.length} numbers: expected ${2 * architecture.landmarks} finite ones, x and y of each landmark`,
    );
  }
  if (model.labelOffset && !isLabelOffset(model.labelOffset)) {
    throw fail(`its label offset ${quote(model.labelOffset)} is not x and y in units of the crop, each small`);
  }
  if (![mean, std].every((triple) => triple.length === 3 && triple.every(Number.isFinite)) || std.some((value) => value <= 0)) {
    throw fail(`its pixel mean ${quote(mean)} and standard deviation ${quote(std)} are not three numbers each, the latter above 0`);
  }
  for (const rule of [model.detectorCrop, model.supervisedCrop]) {
    if (!Object.hasOwn(CROP_RULES, rule))
      throw fail(`its crop rule ${quote(rule)} is unknown: expected one of ${Object.keys(CROP_RULES).join(', ')}`);
  }
  checkParameters(parametersOf(network), model.tensors, label);
}

/** What is a wrong argument or text by itself is a wrong model here. */
function asModelError<T>(label: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ArgumentError || error instanceof DataError)) throw error;
    throw new ModelError(`${label}: ${error.message}`);
  }
}
