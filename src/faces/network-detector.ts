import type { Engine } from '../engine/engine.ts';
import type { Network } from '../network/graph.ts';
import { cropResize, type Normalisation } from '../schedule/crop-resize.ts';
import { Runner } from '../schedule/runner.ts';
import type { TensorView } from '../schedule/schedule.ts';
import { wholeOf } from '../base/boxes.ts';
import type { Box, Pixels, ScoredBox } from '../base/types.ts';
import type { DetectorModel } from '../weights/model.ts';
import { resizeGrid } from './crop.ts';
import { NMS_THRESHOLD, nonMaximumSuppression } from './nms.ts';
import { mergeScales, pyramidSides, type ReliableSides } from './pyramid.ts';

/** What sets one detector apart from another. */
export interface DetectorDesign {
  network: () => Network;
  outputs: readonly string[];
  normalisation: Normalisation;
  reliable: ReliableSides;
  /** All that a network's outputs say is a face, in pixels of its input. @param values of an output, [rows, columns, channels] */
  decode(outputs: Record<string, TensorView>, values: (output: TensorView) => Float32Array, threshold: number): ScoredBox[];
}

/** How many of the best boxes are looked at, and how many are kept (the values of FaceBoxesV2's authors). */
const MAX_CANDIDATES = 5000;
const MAX_FACES = 750;

/** A detector's network with its weights. */
export class NetworkDetector {
  readonly #engine: Engine;
  readonly #runner: Runner;
  readonly #design: DetectorDesign;

  constructor(engine: Engine, model: DetectorModel, design: DetectorDesign) {
    this.#engine = engine;
    this.#design = design;
    this.#runner = new Runner(engine, design.network(), model.tensors, [...design.outputs]);
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
    return mergeScales(results, judge, this.#design.reliable).slice(0, MAX_FACES);
  }

  /**
   * As `detect`, at one scale: the longest side of the picture becomes `side` pixels.
   *
   * @param part of the picture, in its pixels, that is looked at: the whole by default
   */
  detectAt(pixels: Pixels, threshold: number, side: number, part = wholeOf(pixels)): ScoredBox[] {
    const scale = side / Math.max(pixels.width, pixels.height);
    const schedule = this.#runner.prepare(Math.max(1, Math.round(part.height * scale)), Math.max(1, Math.round(part.width * scale)));
    const { input } = schedule;
    const grid = resizeGrid(part.x, part.y, part.width, part.height, input.width, input.height);
    cropResize(this.#engine, schedule, pixels, grid, this.#design.normalisation, 'clamp', 'bilinear');
    this.#runner.run(schedule);
    const values = ({ address, height, width, channels }: TensorView) => this.#engine.floats(address, height * width * channels);
    const candidates = this.#design
      .decode(schedule.outputs, values, threshold)
      .sort((a, b) => b.score - a.score)
      .slice(0, MAX_CANDIDATES);
    const scaleX = part.width / input.width;
    const scaleY = part.height / input.height;
    return nonMaximumSuppression(candidates, NMS_THRESHOLD)
      .slice(0, MAX_FACES)
      .map(({ box, score, points }) => ({
        box: { x: part.x + box.x * scaleX, y: part.y + box.y * scaleY, width: box.width * scaleX, height: box.height * scaleY },
        score,
        ...(points ? { points: points.map(({ x, y }) => ({ x: part.x + x * scaleX, y: part.y + y * scaleY })) } : {}),
      }));
  }
}
