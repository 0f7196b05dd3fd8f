import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faceboxes } from '../../src/network/faceboxes.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { pipnet } from '../../src/network/pipnet.ts';
import { checkParameters } from '../../src/weights/check.ts';
import { readCheckpoint } from '../../src/weights/checkpoint.ts';
import { hasShared, inShared } from '../golden/shared.ts';

const bytesOf = (file: string) => new Uint8Array(readFileSync(inShared(`weights/${file}`)));
const LANDMARKS = { backbone: 'mobilenet_v2', stride: 32, landmarks: 68, neighbours: 10 } as const;

describe.skipIf(!hasShared)('real checkpoints (skipped where ../shared is missing)', () => {
  it.each([
    ['faceboxesv2-official.pth', 'legacy format, CUDA storages, prefix module.', faceboxes()],
    ['faceboxesv2.pth', 'zip format', faceboxes()],
    ['pipnet-mobilenetv2-68.pth', 'zip format, step counters, some channels last', pipnet(LANDMARKS)],
  ])('%s: %s', (file, _, network) => {
    const tensors = readCheckpoint(bytesOf(file), file);
    expect(() => checkParameters(parametersOf(network), tensors, file)).not.toThrow();
  });

  it('a checkpoint for ImageNet lacks the heads', () => {
    const tensors = readCheckpoint(bytesOf('mobilenetv2-imagenet.pth'));
    expect(() => checkParameters(parametersOf(pipnet(LANDMARKS)), tensors)).toThrow(
      /10 missing: cls_layer\.weight, cls_layer\.bias, x_layer\.weight, .* and 4 more/,
    );
  });

  it('a checkpoint cut short or damaged is refused', () => {
    for (const file of ['faceboxesv2-official.pth', 'faceboxesv2.pth']) {
      const bytes = bytesOf(file);
      for (const share of [0.001, 0.3, 0.999999]) expect(() => readCheckpoint(bytes.subarray(0, share * bytes.length))).toThrow(/^model: /);
    }
    const zipped = bytesOf('faceboxesv2.pth');
    zipped[zipped.length >> 1] ^= 4;
    expect(() => readCheckpoint(zipped)).toThrow(/checksum/);
  });
});
