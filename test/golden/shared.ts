import { existsSync, readFileSync } from 'node:fs';
import { readCheckpoint } from '../../src/weights/checkpoint.ts';
import { parseMeanFace } from '../../src/weights/mean-face.ts';
import { PIXEL_MEAN, PIXEL_STD, writeModel } from '../../src/weights/model.ts';

const folder = new URL('../../../shared/', import.meta.url);

/** Checkpoints and photographs that may not be committed lie beside the repository; tests that need them are skipped elsewhere. */
export const hasShared = existsSync(folder);
export const inShared = (path: string): URL => new URL(path, folder);

/** A golden file of this folder. */
export const readGolden = (file: string): Buffer => readFileSync(new URL(file, import.meta.url));
export const readGoldenFloats = (file: string): Float32Array => new Float32Array(new Uint8Array(readGolden(file)).buffer);

/** The checkpoint that golden landmarks and PyTorch's NME are of, as a model file. */
export function checkpointModel(): Uint8Array {
  const tensors = readCheckpoint(new Uint8Array(readFileSync(inShared('weights/pipnet-mobilenetv2-68.pth'))));
  return writeModel(
    {
      kind: 'pipnet',
      architecture: { backbone: 'mobilenet_v2', stride: 32, landmarks: 68, neighbours: 10 },
      inputSize: 256,
      scheme: '300w-68',
      meanFace: parseMeanFace(readGolden('meanface-300w.txt').toString(), 68),
      detectorCrop: 'detector',
      supervisedCrop: '300w',
      mean: PIXEL_MEAN,
      std: PIXEL_STD,
      licence: 'test',
      tensors,
    },
    'f32',
  );
}

/** Largest difference in units of the expected tensor's largest magnitude. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values instead of ${expected.length}`);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i])), 0) / largest;
}
