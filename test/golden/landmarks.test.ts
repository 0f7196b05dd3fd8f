import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CROP_RULES } from '../../src/base/crop-rules.ts';
import { detectorCrop } from '../../src/faces/crop.ts';
import { readImage } from '../../src/runtimes/node/decode.ts';
import { loadPipnet, type Pipnet } from '../../src/runtimes/node/index.ts';
import { checkpointModel, hasShared, inShared, readGolden } from './shared.ts';

interface GoldenFace {
  image: string;
  /** left, top, right, bottom */
  box: number[];
  /** x, y, width, height */
  crop: number[];
  landmarks: number[][];
}
const { faces }: { faces: GoldenFace[] } = JSON.parse(readGolden('landmarks.json').toString());

const boxOf = ([left, top, right, bottom]: number[]) => ({ x: left, y: top, width: right - left, height: bottom - top });

describe("the authors' demo", () => {
  it.each(faces)('$image $crop: the crop in whole pixels', ({ box, crop }) => {
    const [x, y, width, height] = crop;
    expect(detectorCrop(boxOf(box), CROP_RULES.detector, 1024, 1024)!.box).toEqual({ x, y, width, height });
  });
});

describe.skipIf(!hasShared)('a MobileNetV2 as the demo runs it (skipped without checkpoint and photographs)', () => {
  let pipnet: Pipnet;
  let dense: Pipnet;
  beforeAll(async () => {
    const model = checkpointModel();
    pipnet = await loadPipnet({ model });
    dense = await loadPipnet({ model, head: 'dense' });
  });
  afterAll(() => {
    pipnet?.dispose();
    dense?.dispose();
  });

  it.each(faces)('$image $crop: landmarks within 1 % of the crop and 0.1 of their score', async ({ image, box, crop, landmarks }) => {
    const found = await pipnet.landmarks(inShared(`images/${image}`), boxOf(box), { refine: false });
    expect(found.length).toBe(landmarks.length);
    found.forEach(({ x, y, score }, i) => {
      const [goldenX, goldenY, goldenScore] = landmarks[i];
      expect(Math.hypot(x - goldenX, y - goldenY), `landmark ${i}`).toBeLessThan(0.01 * crop[2]);
      expect(Math.abs(score - Math.min(1, goldenScore))).toBeLessThan(0.1);
    });
  });

  it('sparse and dense head: the same landmarks to 1e-4 pixel', async () => {
    for (const { image, box } of faces) {
      const pixels = await readImage(inShared(`images/${image}`));
      const [a, b] = await Promise.all([
        pipnet.landmarks(pixels, boxOf(box), { refine: false }),
        dense.landmarks(pixels, boxOf(box), { refine: false }),
      ]);
      a.forEach(({ x, y, score }, i) => {
        expect(Math.abs(x - b[i].x)).toBeLessThan(1e-4);
        expect(Math.abs(y - b[i].y)).toBeLessThan(1e-4);
        expect(score).toBeCloseTo(b[i].score, 5);
      });
    }
  });
});
