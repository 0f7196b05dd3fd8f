// How a face is read, from a detector's box or a known pose to landmarks. A network that was trained on upright faces reads
// them well up to 30 degrees, finds its way up to 60, and sees nothing in one that lies.
import { angleBetween, poseInFrame, turnPoints } from '../base/affine.ts';
import { CROP_RULES, landmarkBox, supervisedCrop } from '../base/crop-rules.ts';
import { mean } from '../base/statistics.ts';
import type { Box, Pixels, Point, Pose, ScoredBox } from '../base/types.ts';
import { ARCFACE_SIZE, FIVE_POINTS, fitSimilarity } from '../faces/align.ts';
import { detectorCrop, exactCrop, turnedCrop, type Crop } from '../faces/crop.ts';
import { intersectionOverUnion } from '../faces/nms.ts';
import type { PipnetModel } from '../weights/model.ts';
import type { Prediction } from './decode.ts';

/** A face's landmarks in pixels of the picture. */
export interface Reading extends Prediction {
  /** Mean score of the landmarks. */
  confidence: number;
  /** How the face lies by its landmarks: radians, clockwise as the picture is seen, from -pi to pi. */
  roll: number;
  /** How it lay in the crop that was read: upright where this is near 0. */
  tilt: number;
}

/**
 * Mean score below which a reading may be of a face that lies. Measured on 200 faces with both models that ship: upright ones
 * are above it but for 1 and 3 of 100; what is read in crops turned by 60 degrees or more is below it but for 2 of 2000.
 */
const UNSURE = 0.65;

/** Radians between a face and its crop from which on a second reading isn't the last. */
const TILTED = Math.PI / 12;

/** Readings around landmarks, at most: the first of them turns the crop by what may have been misread. */
const MAX_AGAIN = 3;

/** Radians by which the first crop is turned while no reading is sure: quarters first, then what lies between them. */
const TURNS = [
  [2, 4, 6],
  [1, 3, 5, 7],
].map((eighths) => eighths.map((eighth) => (eighth * Math.PI) / 4));

/**
 * Spread of a face's five points, in that of a face as large as its box, below which they don't tell how it lies: a detector in
 * doubt puts them between the places they may have. Of 432 faces that ours found 26 are below it.
 */
const LEAST_SPREAD = 0.6;

/** What a reader needs of a landmark network, and of its model. */
type Network = { predict(pixels: Pixels, crop: Crop): Prediction };
type Model = Pick<PipnetModel, 'meanFace' | 'detectorCrop' | 'supervisedCrop'>;

/** Reads landmarks of faces, however they are turned. */
export class FaceReader {
  readonly #network: Network;
  readonly #model: Model;

  constructor(network: Network, model: Model) {
    this.#network = network;
    this.#model = model;
  }

  /** Where a detected face is looked at first; undefined if its box holds less than 2 x 2 pixels of the picture. */
  firstCrop(pixels: Pixels, { box, points }: Pick<ScoredBox, 'box' | 'points'>): Crop | undefined {
    const rule = CROP_RULES[this.#model.detectorCrop];
    const crop = detectorCrop(box, rule, pixels.width, pixels.height);
    return crop && points ? turnedCrop(box, fitFive(points).roll, rule, pixels) : crop;
  }

  /**
   * How much a box looks like one around a face, 0 to 1: the landmarks' mean score, times how well the box is theirs. In a part
   * of a face they are unsure, or reach beyond it. A face has about 0.6, a part of one a third of that.
   */
  likeness(pixels: Pixels, box: Box): number {
    const reading = this.read(pixels, { box }, false);
    return reading ? reading.confidence * intersectionOverUnion(landmarkBox(reading.merged), box) : 0;
  }

  /**
   * Reads a detected face.
   *
   * 1. In its box, turned as the detector's points say. Where the landmarks are unsure, and so are the points or there are none,
   *    the crop is turned until a reading is sure. If none is, the surest goes on, or that by the points.
   * 2. In the upright crop around those landmarks, the kind that the model was trained on.
   * 3. Again where the face turned out to lie otherwise than the crop that it was read in.
   *
   * @param refine whether there is more than the first reading
   * @param isInDoubt whether the detector isn't sure that it is one: most of these are none, so its points, if any, are believed
   * @returns undefined if the box holds less than 2 x 2 pixels of the picture
   */
  read(pixels: Pixels, face: Pick<ScoredBox, 'box' | 'points'>, refine: boolean, isInDoubt = false): Reading | undefined {
    const crop = this.firstCrop(pixels, face);
    if (!crop) return undefined;
    const first = this.#readCrop(pixels, crop);
    if (!refine) return first;
    let reading = first;
    const rule = CROP_RULES[this.#model.detectorCrop];
    const saysHowItLies = face.points && (isInDoubt || tellsRoll(face.box, face.points));
    for (const turns of saysHowItLies ? [] : TURNS) {
      if (reading.confidence >= UNSURE) break;
      const turned = turns.map((turn) => this.#readCrop(pixels, turnedCrop(face.box, crop.roll + turn, rule, pixels)));
      reading = turned.reduce((best, other) => (other.confidence > best.confidence ? other : best), reading);
    }
    // Of eight looks at a fist one is surer than the first, and none is sure.
    if (face.points && reading.confidence < UNSURE) reading = first;
    for (let again = 0; again < MAX_AGAIN; again++) {
      if (again > 0 && Math.abs(reading.tilt) < TILTED) break;
      const pose = this.poseOf(reading);
      if (!pose) break;
      reading = this.readPose(pixels, pose);
    }
    return reading;
  }

  /** Reads a face whose pose is known, once: from its landmarks in the frame before, or by `poseOf`. */
  readPose(pixels: Pixels, { box, roll }: Pose): Reading {
    return this.#readCrop(pixels, exactCrop(box, roll));
  }

  /** The pose of a face by its landmarks, with the margins that the model was trained with; undefined if they are all in one place, or nowhere. */
  poseOf({ merged, roll }: Pick<Reading, 'merged' | 'roll'>): Pose | undefined {
    const box = supervisedCrop(landmarkBox(turnPoints(merged, -roll)), CROP_RULES[this.#model.supervisedCrop]);
    return Math.min(box.width, box.height) >= 1 && box.width + box.height < Infinity ? poseInFrame(box, roll) : undefined;
  }

  #readCrop(pixels: Pixels, crop: Crop): Reading {
    const prediction = this.#network.predict(pixels, crop);
    const { roll } = fitSimilarity(this.#model.meanFace, prediction.merged, prediction.scores);
    return { ...prediction, confidence: mean(prediction.scores), roll, tilt: angleBetween(roll, crop.roll) };
  }
}

const fitFive = (points: readonly Point[]) =>
  fitSimilarity(
    FIVE_POINTS,
    points.flatMap(({ x, y }) => [x, y]),
  );

/** Whether a detector's points tell how the face lies. */
function tellsRoll(box: Box, points: readonly Point[]): boolean {
  return ARCFACE_SIZE * fitFive(points).scale >= LEAST_SPREAD * Math.sqrt(box.width * box.height);
}
