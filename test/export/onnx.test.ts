import * as ort from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../src/export/onnx.ts';
import { CROP_RULES } from '../../src/base/crop-rules.ts';
import { faceboxes } from '../../src/network/faceboxes.ts';
import type { Network } from '../../src/network/graph.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { pipnet, type Architecture, type Backbone, type Stride } from '../../src/network/pipnet.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { Runner, readTensor } from '../../src/schedule/runner.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { PipnetModel } from '../../src/weights/model.ts';
import { readGoldenFloats, relativeError } from '../golden/shared.ts';
import { goldenTensor } from '../reference/random.ts';

ort.env.wasm.numThreads = 1;

const TOLERANCE = 1e-3;

/** ResNet-101 and stride 128 are more of the same layers. */
const GOLDEN_NETWORKS = ['resnet18', 'resnet18_stride64', 'resnet50', 'mobilenet_v2', 'mobilenet_v3'];

type Maps = Record<string, Float32Array>;

const goldenTensors = (network: Network) =>
  new Map(parametersOf(network).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }]));

function goldenModel(name: string): PipnetModel {
  const [, backbone, stride = '32'] = /^(.*?)(?:_stride(\d+))?$/.exec(name)!;
  const architecture: Architecture = { backbone: backbone as Backbone, stride: Number(stride) as Stride, landmarks: 68, neighbours: 10 };
  return {
    kind: 'pipnet',
    architecture,
    inputSize: 256,
    scheme: '300w-68',
    meanFace: Float64Array.from({ length: 136 }, (_, i) => i / 136),
    detectorCrop: 'detector',
    supervisedCrop: '300w',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    licence: 'none',
    tensors: goldenTensors(pipnet(architecture)),
  };
}

/** The outputs of an ONNX file in NCHW order. */
async function runOnnx(file: Uint8Array, input: Float32Array, shape: number[]): Promise<Maps> {
  const session = await ort.InferenceSession.create(file);
  const outputs = await session.run({ input: new ort.Tensor('float32', input, shape) });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

/** The outputs of our own kernels in NCHW order. */
async function runKernels(network: Network, input: Float32Array, [, channels, height, width]: number[]): Promise<Maps> {
  const engine = await Engine.create(inlinedKernels());
  const names = Object.keys(network.outputs).filter((name) => name !== 'features');
  const runner = new Runner(engine, network, goldenTensors(network), names);
  const schedule = runner.prepare(height, width);
  engine.floats(schedule.input.address, input.length).set(transpose(input, channels));
  runner.run(schedule);
  return Object.fromEntries(
    names.map((name) => {
      const view = schedule.outputs[name];
      return [name, transpose(readTensor(engine, view), view.height * view.width)];
    }),
  );
}

/** A matrix of `rows` rows, given in row order, with rows and columns swapped. */
function transpose(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}

function expectClose(actual: Maps, expected: Maps): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) expect(relativeError(actual[name], values), name).toBeLessThan(TOLERANCE);
}

describe('exportOnnx', () => {
  it.each(GOLDEN_NETWORKS)(
    "%s: onnxruntime gives the golden maps and our kernels'",
    async (name) => {
      const model = goldenModel(name);
      const shape = [1, 3, 256, 256];
      const input = goldenTensor('input', shape);
      const actual = await runOnnx(exportOnnx(model), input, shape);
      const golden = Object.keys(actual).map((map) => [map, readGoldenFloats(`${name}.${map}.f32`)]);
      expectClose(actual, Object.fromEntries(golden));
      expectClose(actual, await runKernels(pipnet(model.architecture), input, shape));
    },
    60_000,
  );

  it.each<Partial<Architecture>>([
    { width: 0.5, stride: 16, features: 320 },
    { width: 1.4, stride: 32 },
    { depth: 5, stride: 16, features: 128 },
    { depth: 4, stride: 8, features: 64 },
    { backbone: 'mobilenet_v3', stride: 16 },
    { backbone: 'resnet18', stride: 8 },
  ])("%j: onnxruntime gives our kernels' maps", async (changes) => {
    const model = goldenModel('mobilenet_v2');
    const architecture = { ...model.architecture, ...changes };
    const tensors = goldenTensors(pipnet(architecture));
    const shape = [1, 3, 96, 96];
    const input = goldenTensor('input', shape);
    const actual = await runOnnx(exportOnnx({ ...model, architecture, inputSize: 96, tensors }), input, shape);
    expect(actual.cls.length).toBe(68 * (96 / architecture.stride) ** 2);
    expectClose(actual, await runKernels(pipnet(architecture), input, shape));
  });

  it("faceboxes: onnxruntime gives our kernels' maps at any size", async () => {
    const network = faceboxes();
    const file = exportOnnx({ kind: 'faceboxes', licence: 'none', tensors: goldenTensors(network) });
    for (const shape of [
      [1, 3, 192, 256],
      [1, 3, 131, 97],
    ]) {
      const input = goldenTensor('input', shape);
      expectClose(await runOnnx(file, input, shape), await runKernels(network, input, shape));
    }
  });

  it('without neighbours there are three maps', async () => {
    const model = goldenModel('mobilenet_v2');
    const architecture = { ...model.architecture, neighbours: 0 };
    const shape = [1, 3, 64, 64];
    const actual = await runOnnx(exportOnnx({ ...model, architecture, inputSize: 64 }), goldenTensor('input', shape), shape);
    expect(Object.keys(actual)).toEqual(['cls', 'x', 'y']);
  });

  it('the metadata say how the input is made and what the landmarks are', () => {
    // Texts stand in the file as they are.
    const file = new TextDecoder('latin1').decode(exportOnnx(goldenModel('mobilenet_v2')));
    for (const text of [
      'meanFace',
      '[0,0.007352941176470588,',
      '300w-68',
      '[0.485,0.456,0.406]',
      '[0.229,0.224,0.225]',
      JSON.stringify(CROP_RULES.detector),
    ]) {
      expect(file.includes(text), text).toBe(true);
    }
  });
});
