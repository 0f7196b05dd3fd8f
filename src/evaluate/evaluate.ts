import { DataError, ModelError } from '../base/errors.ts';
import { landmarkBox, supervisedCrop, type CropRule } from '../base/crop-rules.ts';
import { inPicture, type LabelOffset } from '../base/label-offset.ts';
import type { Box } from '../base/types.ts';
import type { Sample } from '../base/samples.ts';
import { mean } from '../base/statistics.ts';
import { areaUnderCurve, distance, failureRate, normalisedErrors } from './metrics.ts';
import type { Scheme } from './scheme.ts';

/** Landmarks in pixels of the picture, x y x y ...: with NRM (`merged`) and without (`own`). */
export interface Prediction {
  merged: ArrayLike<number>;
  own: ArrayLike<number>;
}

/** Reads the sample's picture and predicts the landmarks of the face in `crop` (pixels, may reach outside). */
export type Predict<S extends Sample = Sample> = (sample: S, crop: Box) => Promise<Prediction>;

/** How well one kind of prediction does on all faces; all values are fractions, not percent. */
export interface Score {
  nme: number;
  failureRate: number;
  auc: number;
  /** NME by part of the face, in units of the same eye corner distance. */
  groups: Record<string, number>;
  /** Mean signed error, right and down, in units of the crop: how far off all answers lie together. */
  bias: { x: number; y: number };
}

/** NMEs of one face. */
export interface FaceScore {
  name: string;
  source: string;
  merged: number;
  own: number;
}

export interface Evaluation {
  count: number;
  merged: Score;
  own: Score;
  /** In the order of the list. */
  faces: FaceScore[];
}

/**
 * Measures a predictor as the paper does (section 4.1): crops from the true landmarks, NME by the outer eye corners.
 * Distances are taken in pixels of the picture; the authors take them in the crop, stretched to a square.
 *
 * @param samples from `parseList`
 * @param rule the crop rule that the model was trained with
 * @param labelOffset where the labels of samples lie that don't say it themselves; errors are those in the picture's frame
 * @throws DataError before the first prediction, for a sample of another scheme or without eye distance
 * @throws ModelError for a prediction of another length or with numbers that are not finite
 */
export async function evaluate<S extends Sample>(
  samples: readonly S[],
  predict: Predict<S>,
  scheme: Scheme,
  rule: CropRule,
  labelOffset: LabelOffset = [0, 0],
): Promise<Evaluation> {
  const norms = samples.map((sample) => eyeDistance(sample, scheme));
  const merged: FaceErrors[] = [];
  const own: FaceErrors[] = [];
  for (const [i, sample] of samples.entries()) {
    const shown = { ...sample, points: inPicture(sample.points, sample.labelOffset ?? labelOffset, rule) };
    const crop = supervisedCrop(landmarkBox(shown.points), rule);
    const prediction = await predict(sample, crop);
    merged.push(errorsOf(prediction.merged, shown, crop, norms[i]));
    own.push(errorsOf(prediction.own, shown, crop, norms[i]));
  }
  return {
    count: samples.length,
    merged: score(merged, scheme),
    own: score(own, scheme),
    faces: samples.map(({ name, source }, i) => ({ name, source, merged: merged[i].nme, own: own[i].nme })),
  };
}

/** The faces with the greatest NME (with NRM), worst first: where labels and models are worth a look. */
export function worstFaces(evaluation: Evaluation, count: number): FaceScore[] {
  return [...evaluation.faces].sort((a, b) => b.merged - a.merged).slice(0, count);
}

/** Of each landmark the distance in units of the NME; means of it, and of the signed errors in units of the crop. */
interface FaceErrors {
  distances: Float64Array;
  nme: number;
  x: number;
  y: number;
}

function score(errors: readonly FaceErrors[], scheme: Scheme): Score {
  const nmes = errors.map(({ nme }) => nme);
  const groups = Object.entries(scheme.groups).map(([group, indices]) => {
    return [group, mean(errors.map(({ distances }) => mean(indices.map((i) => distances[i]))))];
  });
  return {
    nme: mean(nmes),
    failureRate: failureRate(nmes),
    auc: areaUnderCurve(nmes),
    groups: Object.fromEntries(groups),
    bias: { x: mean(errors.map(({ x }) => x)), y: mean(errors.map(({ y }) => y)) },
  };
}

function eyeDistance({ points, source }: Sample, { landmarks, eyes }: Scheme): number {
  if (points.length !== 2 * landmarks) {
    throw new DataError(
      `${source}: ${points.length / 2} landmarks, but the model answers with ${landmarks}: list and model need the same scheme`,
    );
  }
  const norm = distance(points, eyes[0], points, eyes[1]);
  if (norm > 0) return norm;
  throw new DataError(
    `${source}: landmarks ${eyes.join(' and ')}, the outer eye corners, coincide, so there is no NME: mend or drop the line`,
  );
}

function errorsOf(predicted: ArrayLike<number>, { points, source }: Sample, crop: Box, norm: number): FaceErrors {
  if (predicted.length !== points.length) {
    throw new ModelError(`${source}: the model answered with ${predicted.length / 2} landmarks instead of ${points.length / 2}`);
  }
  const bad = Array.from(predicted).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ModelError(
      `${source}: landmark ${bad >> 1} of the model's answer has the coordinate ${predicted[bad]}: its weights may be damaged`,
    );
  }
  const distances = normalisedErrors(predicted, points, norm);
  const signed = (axis: 0 | 1) => mean(Array.from(distances, (_, i) => predicted[2 * i + axis] - points[2 * i + axis]));
  return { distances, nme: mean(distances), x: signed(0) / crop.width, y: signed(1) / crop.height };
}
