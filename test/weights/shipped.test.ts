import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/weights/checkpoint.ts';
import { DETECTOR_NAMES, MODEL_NAMES } from '../../src/base/models.ts';
import { readModelFile } from '../../src/files/read-model-file.ts';
import { loadPipnet } from '../../src/runtimes/node/index.ts';
import { shippedFile } from '../../src/files/shipped.ts';
import { readModel, type PipnetModel } from '../../src/weights/model.ts';
import { hasShared, inShared } from '../golden/shared.ts';

const load = (file: string) => readModel(new Uint8Array(readFileSync(new URL(`../../weights/${file}`, import.meta.url))), file);

describe('models that ship', () => {
  it('landmarks: says what it is and what its terms are', () => {
    expect(load('pipnet-mobilenetv2-68.safetensors')).toMatchObject({
      kind: 'pipnet',
      architecture: { backbone: 'mobilenet_v2', stride: 32, landmarks: 68, neighbours: 10 },
      inputSize: 192,
      labelOffset: [0.0047, 0.0047],
      scheme: '300w-68',
      detectorCrop: 'detector',
      supervisedCrop: '300w',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      licence: expect.stringContaining('non-commercial research'),
      nme: expect.stringMatching(/^3\.\d{3} % \(200 held-out faces/),
    });
  });

  it('nano: small, fast, and says what it is', () => {
    expect(load('pipnet-nano-68.safetensors')).toMatchObject({
      kind: 'pipnet',
      architecture: { backbone: 'mobilenet_v2', stride: 16, depth: 5, features: 128, landmarks: 68, neighbours: 10 },
      inputSize: 96,
      labelOffset: [0.0047, 0.0047],
      licence: expect.stringContaining('non-commercial research'),
      nme: expect.stringMatching(/^3\.\d{3} % \(200 held-out faces/),
    });
    expect(statSync(shippedFile('nano')).size).toBeLessThan(1e6);
  });

  it('clean: terms that anybody may use it under', () => {
    expect(load('pipnet-clean-68.safetensors')).toMatchObject({
      architecture: { backbone: 'mobilenet_v2', stride: 16, depth: 5, features: 256, landmarks: 68 },
      inputSize: 160,
      licence: expect.stringMatching(/^MIT; trained on faces under MIT, CC0, CC-BY 4.0/),
    });
  });

  it('98: the points of WFLW, pupils among them', () => {
    expect(load('pipnet-98.safetensors')).toMatchObject({
      architecture: { backbone: 'mobilenet_v2', stride: 16, depth: 5, features: 256, landmarks: 98 },
      inputSize: 160,
      scheme: 'wflw-98',
      licence: expect.stringContaining('non-commercial research'),
    });
  });

  it('are found by their names, which are no paths', async () => {
    expect(MODEL_NAMES).toEqual(['default', 'nano', 'clean', '98']);
    for (const name of MODEL_NAMES) {
      const pipnet = await loadPipnet({ model: name });
      const { architecture, inputSize } = readModel(await readModelFile(name), name) as PipnetModel;
      expect(pipnet.model).toMatchObject({ architecture, inputSize });
      pipnet.dispose();
    }
    await expect(loadPipnet({ model: './nano' })).rejects.toThrow(/^\.\/nano can't be read: there is no such file/);
    await expect(loadPipnet({ model: 'toString' })).rejects.toThrow(/^toString can't be read/);
  });

  it('detectors: found by name, the default first; say what their terms are', async () => {
    expect(DETECTOR_NAMES).toEqual(['facegrid', 'faceboxes']);
    for (const name of DETECTOR_NAMES) {
      (await loadPipnet({ detector: name })).dispose();
      expect(readModel(await readModelFile(name), name)).toMatchObject({
        kind: name,
        licence: expect.stringContaining('non-commercial research'),
      });
    }
  });

  it.skipIf(!hasShared)('the detector holds the numbers of its checkpoint to 11 bits (skipped where ../shared is missing)', () => {
    const { tensors } = load('faceboxesv2.safetensors');
    for (const [name, { shape, data }] of readCheckpoint(new Uint8Array(readFileSync(inShared('weights/faceboxesv2.pth'))))) {
      const found = tensors.get(name)!.data;
      // Halves below 2^-14 are subnormal: there the error is absolute.
      const tolerance = (value: number) => (shape.length < 2 ? 0 : Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
      expect(
        data.every((value, i) => Math.abs(found[i] - value) <= tolerance(value)),
        name,
      ).toBe(true);
    }
  });
});
