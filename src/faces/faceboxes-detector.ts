import type { Engine } from '../engine/engine.ts';
import { faceboxes } from '../network/faceboxes.ts';
import type { Normalisation } from '../schedule/crop-resize.ts';
import type { Box, ScoredBox } from '../base/types.ts';
import type { FaceboxesModel } from '../weights/model.ts';
import { NetworkDetector, type DetectorDesign } from './network-detector.ts';

/** Detection maps: their stride and, per size of prior in pixels, where in the cell it is repeated (Zhang et al. 2017, section 3.2). */
const MAPS = [
  {
    stride: 32,
    priors: [
      { size: 32, offsets: [0, 0.25, 0.5, 0.75] },
      { size: 64, offsets: [0, 0.5] },
      { size: 128, offsets: [0.5] },
    ],
  },
  { stride: 64, priors: [{ size: 256, offsets: [0.5] }] },
  { stride: 128, priors: [{ size: 512, offsets: [0.5] }] },
];

/** SSD's box coding: offsets of the centre are in tenths of the prior, logarithms of the size in fifths. */
const CENTRE_VARIANCE = 0.1;
const SIZE_VARIANCE = 0.2;

/** The detector subtracts these means and takes B, G, R. */
const NORMALISATION: Normalisation = { mean: [123, 117, 104], std: [1, 1, 1], order: 'bgr' };

const DESIGN: DetectorDesign = {
  network: faceboxes,
  outputs: MAPS.flatMap((_, i) => [`loc${i}`, `conf${i}`]),
  normalisation: NORMALISATION,
  // Parts of faces that are too large have boxes of 285 pixels and more (measured on faces of 384 to 1216 pixels).
  reliable: { from: 48, to: 272 },
  decode(outputs, values, threshold) {
    const found: ScoredBox[] = [];
    MAPS.forEach(({ stride, priors }, map) => {
      const loc = outputs[`loc${map}`];
      const offsets = values(loc);
      const logits = values(outputs[`conf${map}`]);
      let prior = 0;
      for (let row = 0; row < loc.height; row++) {
        for (let column = 0; column < loc.width; column++) {
          for (const { size, offsets: places } of priors) {
            for (const placeY of places) {
              for (const placeX of places) {
                const score = 1 / (1 + Math.exp(logits[2 * prior] - logits[2 * prior + 1]));
                if (score > threshold) {
                  const box = decodeBox(
                    (column + placeX) * stride,
                    (row + placeY) * stride,
                    size,
                    offsets.subarray(4 * prior, 4 * prior + 4),
                  );
                  found.push({ box, score });
                }
                prior++;
              }
            }
          }
        }
      }
    });
    return found;
  },
};

/** FaceBoxesV2 with its weights. */
export class FaceboxesDetector extends NetworkDetector {
  constructor(engine: Engine, model: FaceboxesModel) {
    super(engine, model, DESIGN);
  }
}

/** A prior (centre and size in pixels) moved and scaled by the network's four offsets. */
function decodeBox(priorX: number, priorY: number, size: number, [dx, dy, logWidth, logHeight]: Float32Array): Box {
  const width = size * Math.exp(logWidth * SIZE_VARIANCE);
  const height = size * Math.exp(logHeight * SIZE_VARIANCE);
  return { x: priorX + dx * CENTRE_VARIANCE * size - width / 2, y: priorY + dy * CENTRE_VARIANCE * size - height / 2, width, height };
}
