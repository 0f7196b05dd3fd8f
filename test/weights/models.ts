import { faceboxes } from '../../src/network/faceboxes.ts';
import type { Network } from '../../src/network/graph.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { pipnet } from '../../src/network/pipnet.ts';
import type { FaceboxesModel, PipnetModel } from '../../src/weights/model.ts';
import { PIXEL_MEAN, PIXEL_STD } from '../../src/weights/model.ts';
import type { Tensor } from '../../src/weights/tensor.ts';
import { goldenTensor } from '../reference/random.ts';

export function goldenTensors(network: Network): Map<string, Tensor> {
  return new Map(parametersOf(network).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }]));
}

/** A landmark model of few landmarks. */
export function smallPipnet(over: Partial<PipnetModel> = {}): PipnetModel {
  const architecture = { backbone: 'mobilenet_v2', stride: 32, landmarks: 5, neighbours: 2 } as const;
  return {
    kind: 'pipnet',
    architecture,
    inputSize: 256,
    scheme: 'five',
    meanFace: Float64Array.of(0.1, 0.2, 0.9, 0.2, 0.5, 0.51234567890123, 0.2, 0.8, 0.8, 0.8),
    detectorCrop: 'detector',
    supervisedCrop: 'wflw',
    mean: PIXEL_MEAN,
    std: PIXEL_STD,
    licence: 'none; random',
    nme: '50 %',
    tensors: goldenTensors(pipnet(architecture)),
    ...over,
  };
}

export function smallFaceboxes(): FaceboxesModel {
  return { kind: 'faceboxes', licence: 'MIT', tensors: goldenTensors(faceboxes()) };
}
