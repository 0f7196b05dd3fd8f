// Which landmark takes which one's place when a face is mirrored: given, known for the paper's datasets, or found by the
// mirror symmetry of the mean face.
import { mean } from '../base/statistics.ts';
import { DataError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';

/** The datasets of the paper by landmark count, as pairs that change places; the others stay. */
const KNOWN: Record<number, readonly (readonly [number, number])[]> = {
  // AFLW
  19: [...mirrored(0, 5), ...mirrored(6, 11), [12, 14], [15, 17]],
  // COFW
  29: [
    [0, 1],
    [2, 3],
    [4, 6],
    [5, 7],
    [8, 9],
    [10, 11],
    [12, 14],
    [13, 15],
    [16, 17],
    [18, 19],
    [22, 23],
  ],
  // 300W: jaw, brows, nostrils, eyes (upper and lower lid), lips (outer and inner, upper and lower)
  68: [
    ...mirrored(0, 16),
    ...mirrored(17, 26),
    ...mirrored(31, 35),
    ...facing(36, 39, 42, 45),
    ...facing(40, 41, 46, 47),
    ...mirrored(48, 54),
    ...mirrored(55, 59),
    ...mirrored(60, 64),
    ...mirrored(65, 67),
  ],
  // WFLW: contour, brows (upper and lower edge), nostrils, eyes, lips, pupils
  98: [
    ...mirrored(0, 32),
    ...facing(33, 37, 42, 46),
    ...facing(38, 41, 47, 50),
    ...mirrored(55, 59),
    ...facing(60, 64, 68, 72),
    ...facing(65, 67, 73, 75),
    ...mirrored(76, 82),
    ...mirrored(83, 87),
    ...mirrored(88, 92),
    ...mirrored(93, 95),
    [96, 97],
  ],
};

/** A run of landmarks whose first and last, second and last but one ... change places. */
function mirrored(first: number, last: number): [number, number][] {
  return Array.from({ length: (last - first + 1) >> 1 }, (_, i) => [first + i, last - i]);
}

/** Two runs of the same length, the first of one against the last of the other. */
function facing(first: number, last: number, otherFirst: number, otherLast: number): [number, number][] {
  if (last - first !== otherLast - otherFirst) throw new RangeError('runs of different lengths');
  return Array.from({ length: last - first + 1 }, (_, i) => [first + i, otherLast - i]);
}

/**
 * The flip table to train with: the given one, else that of the known dataset with as many landmarks if the mean face
 * agrees, else what the mean face's symmetry tells.
 *
 * @param meanFace x y x y ... in units of the crop
 * @returns [landmarks]: the landmark whose place each one takes when the face is mirrored
 * @throws DataError if the given table doesn't fit the mean face, or none can be derived
 */
export function flipTableFor(meanFace: ArrayLike<number>, given?: readonly number[]): readonly number[] {
  if (given) {
    checkSymmetry(given, meanFace);
    return given;
  }
  const known = knownFlipTable(meanFace.length / 2);
  try {
    if (known) checkSymmetry(known, meanFace);
  } catch {
    // As many landmarks, but other ones.
    return deriveFlipTable(meanFace);
  }
  return known ?? deriveFlipTable(meanFace);
}

/**
 * The flip table of a known dataset; undefined for any other landmark count.
 *
 * @returns [landmarks]: the landmark whose place each one takes when the face is mirrored
 */
export function knownFlipTable(landmarks: number): number[] | undefined {
  const pairs = KNOWN[landmarks];
  if (!pairs) return undefined;
  const table = Array.from({ length: landmarks }, (_, i) => i);
  for (const [i, j] of pairs) [table[i], table[j]] = [j, i];
  return table;
}

/** How far the mirrored mean face may lie from itself, in units of the crop: at most, and on average. */
const MAX_DISTANCE = 0.1;
const MAX_MEAN_DISTANCE = 0.04;

/**
 * Finds the flip table by the mean face: mirrored at its vertical axis, each landmark falls on another or itself.
 *
 * @param meanFace x y x y ... in units of the crop
 * @throws DataError if the mean face isn't symmetric enough to tell
 */
export function deriveFlipTable(meanFace: ArrayLike<number>): number[] {
  const landmarks = meanFace.length / 2;
  const axis = symmetryAxis(meanFace);
  const distance = (i: number, j: number) =>
    Math.hypot(2 * axis - meanFace[2 * i] - meanFace[2 * j], meanFace[2 * i + 1] - meanFace[2 * j + 1]);
  const indices = Array.from({ length: landmarks }, (_, i) => i);
  const table = indices.map((i) => indices.reduce((best, j) => (distance(i, j) < distance(i, best) ? j : best)));
  const odd = indices.find((i) => table[table[i]] !== i);
  if (odd !== undefined) {
    throw new DataError(
      `no flip table can be derived: mirrored, landmark ${odd} of the mean face is nearest to ${table[odd]}, but that one to ${table[table[odd]]}: give a table, or train without flip`,
    );
  }
  checkSymmetry(table, meanFace);
  return table;
}

/**
 * Checks that a table is a permutation that undoes itself.
 *
 * @throws DataError that names the landmark
 */
export function checkFlipTable(table: readonly number[], landmarks: number): void {
  if (table.length !== landmarks)
    throw new DataError(`flip table: ${table.length} numbers for ${landmarks} landmarks: one for each is needed`);
  for (const [i, j] of table.entries()) {
    if (!Number.isInteger(j) || j < 0 || j >= landmarks)
      throw new DataError(`flip table: landmark ${i} has the partner ${j}, not a landmark from 0 to ${landmarks - 1}`);
    if (table[j] !== i)
      throw new DataError(`flip table: landmark ${i} becomes ${j}, but ${j} becomes ${table[j]}: partners must name each other`);
  }
}

/**
 * Checks a table against the mean face: mirrored, it must lie close to itself.
 *
 * @throws DataError that names the landmark that is farthest off
 */
export function checkSymmetry(table: readonly number[], meanFace: ArrayLike<number>): void {
  checkFlipTable(table, meanFace.length / 2);
  // The axis that this table means: half way between all partners.
  const axis = mean(table.map((j, i) => (meanFace[2 * i] + meanFace[2 * j]) / 2));
  const distances = table.map((j, i) =>
    Math.hypot(2 * axis - meanFace[2 * i] - meanFace[2 * j], meanFace[2 * i + 1] - meanFace[2 * j + 1]),
  );
  const farthest = distances.indexOf(Math.max(...distances));
  if (distances[farthest] <= MAX_DISTANCE && mean(distances) <= MAX_MEAN_DISTANCE) return;
  throw new DataError(
    `flip table: mirrored, landmark ${farthest} of the mean face is ${(100 * distances[farthest]).toFixed(1)} % of the crop away from landmark ${table[farthest]} (on average ${(100 * mean(distances)).toFixed(1)} %): give another table, or train without flip`,
  );
}

/**
 * Reads a flip table: whole numbers separated by spaces, commas or line breaks, the partner of each landmark.
 *
 * @throws DataError that names the word, or what `checkFlipTable` finds
 */
export function parseFlipTable(text: string, landmarks: number, label: string): number[] {
  const table = text
    .split(/[\s,[\]]+/)
    .filter((word) => word !== '')
    .map((word) => {
      if (/^\d+$/.test(word)) return Number(word);
      throw new DataError(`${label}: ${quote(word)} is no landmark: a flip table has the index of each landmark's partner, from 0`);
    });
  checkFlipTable(table, landmarks);
  return table;
}

/** The vertical line about which the mean face is most like its mirror image, among those about its middle. */
function symmetryAxis(meanFace: ArrayLike<number>): number {
  const xs = Array.from({ length: meanFace.length / 2 }, (_, i) => meanFace[2 * i]);
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
  const cost = (axis: number) =>
    mean(xs.map((x, i) => Math.min(...xs.map((other, j) => Math.hypot(2 * axis - x - other, meanFace[2 * i + 1] - meanFace[2 * j + 1])))));
  const span = Math.max(...xs) - Math.min(...xs);
  const candidates = Array.from({ length: 81 }, (_, i) => middle + ((i - 40) / 40) * 0.1 * span);
  return candidates.reduce((best, axis) => (cost(axis) < cost(best) ? axis : best), mean(xs));
}
