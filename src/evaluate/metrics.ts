import { ArgumentError } from '../base/errors.ts';

/** The NME above which a face counts as failed, and where the area under the curve ends (FR10 and AUC10). */
export const THRESHOLD = 0.1;

/** The authors' grid, `np.arange(0, 0.1 + 0.0001, 0.0001)`: 1001 points with 0.1 the last, so Simpson's plain rule fits. */
const STEP = 0.0001;
const INTERVALS = 1000;

/**
 * Distance of each predicted landmark to the true one in units of `norm`; their mean is the face's NME (`compute_nme` in
 * the authors' `lib/functions.py`).
 *
 * @param predicted landmarks in pixels, x y x y ...
 * @param truth as many, in the same order
 * @param norm distance of the outer eye corners, in pixels
 */
export function normalisedErrors(predicted: ArrayLike<number>, truth: ArrayLike<number>, norm: number): Float64Array {
  return Float64Array.from({ length: truth.length / 2 }, (_, i) => distance(predicted, i, truth, i) / norm);
}

/** Distance of landmark `i` of one face and landmark `j` of another, both x y x y ... */
export function distance(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number): number {
  return Math.hypot(a[2 * i] - b[2 * j], a[2 * i + 1] - b[2 * j + 1]);
}

/** Share of faces with an NME of at most `limit`: one point of the cumulative error distribution. */
export function shareWithin(nmes: readonly number[], limit: number): number {
  return nmes.reduce((count, nme) => count + Number(nme <= limit), 0) / nmes.length;
}

/**
 * Share of faces with an NME above 0.1 (`compute_fr_and_auc` in the authors' code).
 *
 * @throws ArgumentError for no faces, or an NME that is not finite
 */
export function failureRate(nmes: readonly number[]): number {
  assertNmes(nmes);
  return 1 - shareWithin(nmes, THRESHOLD);
}

/**
 * Area under the cumulative error distribution from 0 to 0.1 over its width, so 1 is perfect (`compute_fr_and_auc` in
 * the authors' code): Simpson's rule on 1001 points, whose weights are 1 4 2 4 ... 2 4 1.
 *
 * @throws ArgumentError for no faces, or an NME that is not finite
 */
export function areaUnderCurve(nmes: readonly number[]): number {
  assertNmes(nmes);
  let sum = 0;
  for (let i = 0; i <= INTERVALS; i++) {
    const weight = i === 0 || i === INTERVALS ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * shareWithin(nmes, i * STEP);
  }
  return ((sum / 3) * STEP) / THRESHOLD;
}

function assertNmes(nmes: readonly number[]): void {
  if (nmes.length === 0) throw new ArgumentError('no NMEs to measure: at least one face is needed');
  const bad = nmes.findIndex((nme) => !Number.isFinite(nme) || nme < 0);
  if (bad >= 0) throw new ArgumentError(`NME ${nmes[bad]} of face ${bad} is not a finite number of 0 or more`);
}
