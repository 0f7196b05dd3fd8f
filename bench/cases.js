/** What is timed: networks with their weights and their input, written to a folder in every contestant's format. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exactCrop } from '../dist/faces/crop.js';
import { exportOnnx } from '../dist/export/onnx.js';
import { faceboxes } from '../dist/network/faceboxes.js';
import { parametersOf } from '../dist/network/operations.js';
import { BACKBONES, pipnet } from '../dist/network/pipnet.js';
import { Calibration } from '../dist/pip/calibrate.js';
import { LandmarkNetwork } from '../dist/pip/landmark-network.js';
import { inlinedKernels } from '../dist/wasm/inlined-kernels.js';
import { Engine } from '../dist/engine/engine.js';
import { PIXEL_MEAN, PIXEL_STD, readModel, writeModel } from '../dist/weights/model.js';
import { uniform } from './random.js';
import { exportTflite } from './tflite.js';

/** A picture's way to landmarks, not a network: ours alone. */
export const PIPELINE = 'pipeline';
export const DETECTOR = 'faceboxes';
export const CASES = [...BACKBONES, DETECTOR, PIPELINE];

/** Times don't depend on the weights: where none ship, they are random. */
const SHIPPED = { mobilenet_v2: 'pipnet-mobilenetv2-68.safetensors', [DETECTOR]: 'faceboxesv2.safetensors' };

const LANDMARKS = 68;
const NEIGHBOURS = 10;
const INPUT_SIZE = 256;

/**
 * Writes what `readCase` reads.
 *
 * @param {string} name one of `CASES` but `PIPELINE`
 * @param {string} folder
 * @param {{ detectSize: number }} options width and height of the detector's input
 * @returns {Promise<{ size: number }>} width and height of the network's input
 */
export async function writeCase(name, folder, { detectSize }) {
  const model = await loadModel(name);
  const network = name === DETECTOR ? faceboxes() : pipnet(model.architecture);
  const size = name === DETECTOR ? detectSize : model.inputSize;
  const outputs = Object.keys(network.outputs).filter((output) => output !== 'features');
  // As large as the numbers that pixels become.
  const nchw = uniform('input', 3 * size * size, name === DETECTOR ? 128 : 2);
  const pixels = size * size;
  const nhwc = nchw.map((_, i) => nchw[(i % 3) * pixels + Math.floor(i / 3)]);

  await mkdir(folder, { recursive: true });
  const files = {
    'model.safetensors': writeModel(model, 'f32'),
    'model.onnx': exportOnnx(model),
    'model.tflite': exportTflite(network, model.tensors, size, outputs),
    'input.nchw.f32': nchw,
    'input.nhwc.f32': nhwc,
    ...(model.kind === 'pipnet'
      ? { 'model-i8.safetensors': writeModel({ ...model, activationRanges: await calibrate(model) }, 'i8') }
      : {}),
    'case.json': JSON.stringify({ name, size, outputs }),
  };
  for (const [file, contents] of Object.entries(files)) await writeFile(join(folder, file), contents);
  return { size };
}

async function loadModel(name) {
  if (name in SHIPPED) return readModel(await readFile(new URL(`../weights/${SHIPPED[name]}`, import.meta.url)), SHIPPED[name]);
  const architecture = { backbone: name, stride: 32, landmarks: LANDMARKS, neighbours: NEIGHBOURS };
  return {
    kind: 'pipnet',
    architecture,
    inputSize: INPUT_SIZE,
    scheme: 'random',
    meanFace: uniform('mean face', 2 * LANDMARKS, 1),
    detectorCrop: 'detector',
    supervisedCrop: '300w',
    mean: PIXEL_MEAN,
    std: PIXEL_STD,
    licence: 'none',
    tensors: new Map(parametersOf(pipnet(architecture)).map(({ name, shape }) => [name, { shape, data: randomTensor(name, shape) }])),
  };
}

/** Times don't depend on the ranges either: one synthetic picture is enough. */
async function calibrate(model) {
  const size = model.inputSize;
  const picture = { data: Uint8Array.from({ length: 3 * size * size }, (_, i) => (i * i) >> 8), width: size, height: size };
  const calibration = new Calibration(pipnet(model.architecture));
  const network = new LandmarkNetwork(await Engine.create(inlinedKernels()), model);
  network.observe(picture, exactCrop({ x: 0, y: 0, width: size, height: size }), (step, input) => calibration.add(step, input));
  return calibration.ranges;
}

/** Keeps activations about as large from layer to layer (He et al. 2015). */
function randomTensor(name, shape) {
  const length = shape.reduce((product, size) => product * size, 1);
  if (shape.length >= 2) return uniform(name, length, Math.sqrt((6 * shape[0]) / length));
  if (name.endsWith('.running_var')) return new Float32Array(length).fill(1);
  if (name.endsWith('.weight')) return new Float32Array(length).fill(0.5);
  return uniform(name, length, 0.1);
}
