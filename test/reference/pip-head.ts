import { linear } from './layers.ts';

/**
 * @param map [cellCount, landmarks]
 * @returns [landmarks] each: the first cell of the highest score, and that score
 */
export function argMax(map: ArrayLike<number>, cellCount: number, landmarks: number): { cells: number[]; scores: number[] } {
  const cells = new Array<number>(landmarks).fill(0);
  for (let cell = 1; cell < cellCount; cell++) {
    for (let l = 0; l < landmarks; l++) {
      if (map[cell * landmarks + l] > map[cells[l] * landmarks + l]) cells[l] = cell;
    }
  }
  return { cells, scores: cells.map((cell, l) => map[cell * landmarks + l]) };
}

/**
 * @param features [cellCount, channels]
 * @param cells [landmarks]
 * @param weights [landmarks, rows, channels]; `bias` [landmarks, rows]
 * @returns [landmarks, rows]: each landmark's rows times the features of its cell
 */
export function sparseHead(
  features: Float32Array,
  cells: number[],
  weights: Float32Array,
  bias: Float32Array,
  { channels, rows }: { channels: number; rows: number },
): Float64Array {
  const out = new Float64Array(cells.length * rows);
  cells.forEach((cell, l) => {
    const feature = features.subarray(cell * channels, (cell + 1) * channels);
    const landmarkWeights = weights.subarray(l * rows * channels, (l + 1) * rows * channels);
    out.set(linear(landmarkWeights, bias.subarray(l * rows, (l + 1) * rows), feature), l * rows);
  });
  return out;
}
