import type { Landmark } from '../base/types.ts';
import type { Neighbours } from './neighbours.ts';

/** What the head says at each landmark's arg-max cell. */
export interface HeadOutput {
  /** Cells per row and per column of the score map. */
  columns: number;
  rows: number;
  /** [landmarks] index of the arg-max cell, row by row. */
  cells: Int32Array;
  /** [landmarks] the score there. */
  scores: Float32Array;
  /** [landmarks][2 + 2 * neighbours]: x, y, then the neighbours' x, then their y; offsets in cells. */
  offsets: Float32Array;
}

/** A face's landmarks, x y x y ... */
export interface Prediction {
  /** Each landmark as its own cell says it. */
  own: Float64Array;
  /** Averaged with what the landmarks that have it as a neighbour say (NRM). */
  merged: Float64Array;
  /** [landmarks] the score map's values at the arg-max cells, not clamped. */
  scores: Float32Array;
}

/** Cells and offsets to landmarks in units of the crop (paper, section 3.1), then the neighbour regression average (section 3.2). */
export function decode({ columns, rows, cells, scores, offsets }: HeadOutput, { of, voters }: Neighbours): Prediction {
  const landmarks = cells.length;
  const neighbours = of[0].length;
  const perLandmark = 2 + 2 * neighbours;
  const x = (landmark: number, offset: number) => ((cells[landmark] % columns) + offsets[landmark * perLandmark + offset]) / columns;
  const y = (landmark: number, offset: number) => (Math.floor(cells[landmark] / columns) + offsets[landmark * perLandmark + offset]) / rows;

  const own = new Float64Array(2 * landmarks);
  const merged = new Float64Array(2 * landmarks);
  for (let l = 0; l < landmarks; l++) {
    own[2 * l] = x(l, 0);
    own[2 * l + 1] = y(l, 1);
    let sumX = own[2 * l];
    let sumY = own[2 * l + 1];
    for (const { landmark, place } of voters[l]) {
      sumX += x(landmark, 2 + place);
      sumY += y(landmark, 2 + neighbours + place);
    }
    merged[2 * l] = sumX / (1 + voters[l].length);
    merged[2 * l + 1] = sumY / (1 + voters[l].length);
  }
  return { own, merged, scores };
}

/** Landmarks as they are answered: with scores from 0 to 1. */
export function landmarksOf({ merged, scores }: Pick<Prediction, 'merged' | 'scores'>): Landmark[] {
  return Array.from(scores, (score, i) => ({ x: merged[2 * i], y: merged[2 * i + 1], score: Math.max(0, Math.min(1, score)) }));
}
