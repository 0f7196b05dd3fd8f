import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/weights/checkpoint.ts';
import { readModel } from '../../src/weights/model.ts';
import { hasShared, inShared } from '../golden/shared.ts';

const load = (file: string) => readModel(new Uint8Array(readFileSync(new URL(`../../weights/${file}`, import.meta.url))), file);

describe('models that ship', () => {
  it('landmarks: says what it is and what its terms are', () => {
    expect(load('pipnet-mobilenetv2-68.safetensors')).toMatchObject({
      kind: 'pipnet',
      architecture: { backbone: 'mobilenet_v2', stride: 32, landmarks: 68, neighbours: 10 },
      inputSize: 256,
      scheme: '300w-68',
      detectorCrop: 'detector',
      supervisedCrop: '300w',
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      licence: expect.stringContaining('non-commercial research'),
      nme: expect.stringMatching(/^3\.\d{3} % \(200 held-out faces/),
    });
  });

  it('detector: says what its terms are', () => {
    expect(load('faceboxesv2.safetensors')).toMatchObject({
      kind: 'faceboxes',
      licence: expect.stringContaining('non-commercial research'),
    });
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
