import { faceboxes } from '../network/faceboxes.ts';
import { cropResize, type Normalisation } from '../schedule/crop-resize.ts';
import { Runner } from '../schedule/runner.ts';
import type { Schedule, TensorView } from '../schedule/schedule.ts';
import type { Box, Pixels, ScoredBox } from '../base/types.ts';
import type { Engine } from '../engine/engine.ts';
import type { FaceboxesModel } from '../weights/model.ts';
import { resizeGrid } from './crop.ts';
import { NMS_THRESHOLD, nonMaximumSuppression } from './nms.ts';
import { mergeScales, pyramidSides } from './pyramid.ts';

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

/** How many of the best boxes are looked at, and how many are kept (the authors' values). */
const MAX_CANDIDATES = 5000;
const MAX_FACES = 750;

/** The detector subtracts these means and takes B, G, R. */
const NORMALISATION: Normalisation = { mean: [123, 117, 104], std: [1, 1, 1], order: 'bgr' };

const OUTPUTS = MAPS.flatMap((_, i) => [`loc${i}`, `conf${i}`]);

/** FaceBoxesV2 with its weights. */
export class FaceboxesDetector {
  readonly #engine: Engine;
  readonly #runner: Runner;

  constructor(engine: Engine, model: FaceboxesModel) {
    this.#engine = engine;
    this.#runner = new Runner(engine, faceboxes(), model.tensors, OUTPUTS);
  }

  /**
   * Faces in a picture, the best first, in pixels of the picture: from the largest that fill it to the smallest that
   * `detectSize` shows.
   *
   * @param threshold least score, 0 to 1
   * @param detectSize longest side, in pixels, of the largest picture that the network is given; smaller ones stay as they are
   * @param judge how much a box's contents look like a face: decides where one box lies in another
   */
  detect(pixels: Pixels, threshold: number, detectSize: number, judge: (box: Box) => number): ScoredBox[] {
    const longest = Math.max(pixels.width, pixels.height);
    const results = pyramidSides(Math.min(longest, detectSize)).map((side) => ({
      boxes: this.detectAt(pixels, threshold, side),
      scale: side / longest,
    }));
    return mergeScales(results, judge).slice(0, MAX_FACES);
  }

  /** As `detect`, at one scale: the longest side of the picture becomes `side` pixels. */
  detectAt(pixels: Pixels, threshold: number, side: number): ScoredBox[] {
    const scale = side / Math.max(pixels.width, pixels.height);
    const schedule = this.#runner.prepare(Math.max(1, Math.round(pixels.height * scale)), Math.max(1, Math.round(pixels.width * scale)));
    const { input } = schedule;
    cropResize(
      this.#engine,
      schedule,
      pixels,
      resizeGrid(0, 0, pixels.width, pixels.height, input.width, input.height),
      NORMALISATION,
      'clamp',
      'bilinear',
    );
    this.#runner.run(schedule);
    const scaleX = pixels.width / input.width;
    const scaleY = pixels.height / input.height;
    return this.#decode(schedule, threshold).map(({ box, score }) => ({
      box: { x: box.x * scaleX, y: box.y * scaleY, width: box.width * scaleX, height: box.height * scaleY },
      score,
    }));
  }

  #decode({ outputs }: Schedule, threshold: number): ScoredBox[] {
    const found: ScoredBox[] = [];
    MAPS.forEach(({ stride, priors }, map) => {
      const loc = outputs[`loc${map}`];
      const offsets = this.#values(loc);
      const logits = this.#values(outputs[`conf${map}`]);
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
    const candidates = found.sort((a, b) => b.score - a.score).slice(0, MAX_CANDIDATES);
    return nonMaximumSuppression(candidates, NMS_THRESHOLD).slice(0, MAX_FACES);
  }

  #values({ address, height, width, channels }: TensorView): Float32Array {
    return this.#engine.floats(address, height * width * channels);
  }
}

/** A prior (centre and size in pixels) moved and scaled by the network's four offsets. */
function decodeBox(priorX: number, priorY: number, size: number, [dx, dy, logWidth, logHeight]: Float32Array): Box {
  const width = size * Math.exp(logWidth * SIZE_VARIANCE);
  const height = size * Math.exp(logHeight * SIZE_VARIANCE);
  return { x: priorX + dx * CENTRE_VARIANCE * size - width / 2, y: priorY + dy * CENTRE_VARIANCE * size - height / 2, width, height };
}
