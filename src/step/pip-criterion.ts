/** What a PIPNet's training takes and learns: faces with landmarks, and which of the paper's losses count for each. */
import { DataError } from '../base/errors.ts';
import type { Architecture } from '../network/pipnet.ts';
import { findNeighbours } from '../pip/neighbours.ts';
import type { Batch } from '../base/batch.ts';
import type { Criterion, Tasks } from './criterion.ts';
import type { TrainEngine } from './kernels.ts';
import { LOSS_PARTS, pipLosses } from './plan-losses.ts';

/** Plain supervised training. */
export const SUPERVISED: Tasks = { cls1: true, cls2: false, cls3: false, offsets: true };

/** The authors' weight of the score maps' loss. */
const SCORE_WEIGHT = 10;

/** Cells' sides of the three score maps, in cells of the features. */
const SCALES = [1, 2, 4];

interface PipOptions {
  architecture: Architecture;
  /** Side of the pictures in pixels. */
  size: number;
  /** x y x y ..., see `findNeighbours`. */
  meanFace: ArrayLike<number>;
  curriculum?: boolean;
}

export function pipCriterion(engine: TrainEngine, { architecture, size, meanFace, curriculum }: PipOptions): Criterion<Batch> {
  const { landmarks, neighbours } = architecture;
  const integers = (values: number[]) => {
    const address = engine.zeros(values.length * 4);
    engine.integers(address, values.length).set(values);
    return address;
  };
  const { of } = findNeighbours(meanFace, neighbours);
  const subjects = integers(of.map((_, landmark) => landmark));
  const neighbourSubjects = neighbours > 0 ? integers(of.flat()) : 0;
  return {
    parts: LOSS_PARTS,
    objective: (losses) => pipLosses({ landmarks, neighbours, subjects, neighbourSubjects, losses, scales: curriculum ? 3 : 1 }),
    check({ points }, samples) {
      if (points.length === samples * 2 * landmarks) return;
      throw new DataError(
        `a batch of ${samples} pictures has ${points.length} coordinates: ${landmarks} landmarks each need ${samples * 2 * landmarks}`,
      );
    },
    fill({ points }, samples, { begin, end }, at, tasks) {
      const fill = (address: number, values: Float32Array, each: number) =>
        engine.floats(address, (end - begin) * each).set(values.subarray(begin * each, end * each));
      fill(at.points, points, 2 * landmarks);
      sharesOf(samples, architecture, size, tasks).forEach((part, i) => fill(at.shares + i * (end - begin) * 4, part, 1));
    },
  };
}

/**
 * What one term of each loss part weighs, by sample. Each loss is a mean over the samples for which it counts; the score
 * maps are one loss (the authors' code concatenates their cells).
 */
function sharesOf(
  samples: number,
  { landmarks, neighbours, stride }: Architecture,
  size: number,
  tasks?: readonly Tasks[],
): Float32Array[] {
  const counts = (task: keyof Tasks) => Float32Array.from({ length: samples }, (_, i) => Number((tasks?.[i] ?? SUPERVISED)[task]));
  const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
  const share = (weight: number, terms: number) => (terms === 0 ? 0 : weight / terms);
  const maps = (['cls1', 'cls2', 'cls3'] as const).map(counts);
  const cells = SCALES.map((scale) => Math.floor(size / stride / scale) ** 2);
  const scoreShare = share(SCORE_WEIGHT, landmarks * maps.reduce((total, map, i) => total + sum(map) * cells[i], 0));
  const offsets = counts('offsets');
  const offsetShare = share(1, landmarks * sum(offsets));
  const neighbourShare = offsetShare / Math.max(1, neighbours);
  const weighted = (values: Float32Array, weight: number) => values.map((value) => value * weight);
  // As in `LOSS_PARTS`.
  return [
    ...maps.map((map) => weighted(map, scoreShare)),
    ...[offsetShare, offsetShare, neighbourShare, neighbourShare].map((weight) => weighted(offsets, weight)),
  ];
}
