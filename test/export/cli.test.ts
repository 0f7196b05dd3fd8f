import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exportCommand } from '../../src/cli/export.ts';
import { ArgumentError, ModelError } from '../../src/base/errors.ts';
import { exportOnnx } from '../../src/export/onnx.ts';
import { faceboxes } from '../../src/network/faceboxes.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { writeModel, type Model } from '../../src/weights/model.ts';
import { goldenTensor } from '../reference/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipnet-export-'));
const modelPath = join(folder, 'detector.safetensors');
const onnxPath = join(folder, 'detector.onnx');
const model: Model = {
  kind: 'faceboxes',
  licence: 'none',
  tensors: new Map(parametersOf(faceboxes()).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }])),
};
const output: string[] = [];

beforeAll(() => {
  writeFileSync(modelPath, writeModel(model, 'f32'));
  vi.spyOn(console, 'log').mockImplementation((text: string) => void output.push(text));
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const run = (...options: string[]) => exportCommand().parseAsync(options, { from: 'user' });

test('writes the ONNX file and one line about it', async () => {
  await run('--onnx', onnxPath, '--model', modelPath);
  expect(readFileSync(onnxPath).equals(exportOnnx(model))).toBe(true);
  expect(output).toEqual([expect.stringMatching(/detector\.onnx: FaceBoxesV2, 4\.\d MB, float32$/)]);
  expect(readdirSync(folder).sort()).toEqual(['detector.onnx', 'detector.safetensors']);
});

test('a missing model and a missing folder are errors that name them', async () => {
  await expect(run('--onnx', onnxPath, '--model', 'nowhere.safetensors')).rejects.toThrow(ModelError);
  await expect(run('--onnx', join(folder, 'nowhere', 'a.onnx'), '--model', modelPath)).rejects.toThrow(ArgumentError);
});
