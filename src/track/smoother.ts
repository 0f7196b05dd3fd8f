// Smooths a face's landmarks from frame to frame. Where the face is, how large and how turned (a similarity of the mean face) is
// filtered apart from its expression (what is left, in the face's own frame): a nod doesn't blur an eyelid, and an eyelid doesn't
// shake the head.
import { angleBetween } from '../base/affine.ts';
import { fitSimilarity } from '../faces/align.ts';
import { OneEuro, type OneEuroRule } from './one-euro.ts';

/** Units: the length of the mean face's diagonal for places, e-folds for the scale, radians for the roll; all per second. */
export interface SmoothRules {
  pose: OneEuroRule;
  expression: OneEuroRule;
}

/**
 * The rules by which a face is held still. An expression moves by less than a face, and its noise is more to see.
 *
 * @param minCutoff Hz, of a face at rest
 * @param speedCutoff Hz that a speed of one face a second adds
 */
export function smoothRules({
  minCutoff = 0.35,
  speedCutoff = 15,
}: {
  minCutoff?: number | undefined;
  speedCutoff?: number | undefined;
}): SmoothRules {
  return { pose: { minCutoff, speedCutoff }, expression: { minCutoff, speedCutoff: 2 * speedCutoff } };
}

/** The filters of one face. */
export class FaceSmoother {
  readonly #meanFace: Float64Array;
  readonly #rules: SmoothRules;
  readonly #pose = { x: new OneEuro(), y: new OneEuro(), scale: new OneEuro(), roll: new OneEuro() };
  readonly #expression: OneEuro[];

  /** @param meanFace x y x y ..., in any unit */
  constructor(meanFace: ArrayLike<number>, rules: SmoothRules) {
    this.#meanFace = centred(meanFace);
    this.#rules = rules;
    this.#expression = Array.from(meanFace, () => new OneEuro());
  }

  /**
   * @param points x y x y ... in pixels
   * @param scores of the landmarks, 0 to 1: unsure ones follow slowly
   * @param seconds since the frame before
   * @returns the landmarks, smoothed
   */
  next(points: ArrayLike<number>, scores: ArrayLike<number>, seconds: number): Float64Array {
    const { scale, roll, x, y } = fitSimilarity(this.#meanFace, points, scores);
    const { pose, expression } = this.#rules;
    const before = this.#pose.roll.value ?? roll;
    const size = this.#pose.scale.next(Math.log(scale), seconds, pose);
    const turn = this.#pose.roll.next(before + angleBetween(roll, before), seconds, pose);
    // In units of the face, so that a near face may move as many pixels faster as it is larger.
    const unit = Math.exp(size);
    const left = this.#pose.x.next(x, seconds, inUnits(pose, unit));
    const top = this.#pose.y.next(y, seconds, inUnits(pose, unit));

    const smooth = new Float64Array(points.length);
    const [cosFrom, sinFrom] = [Math.cos(roll) / scale, Math.sin(roll) / scale];
    const [cosTo, sinTo] = [Math.cos(turn) * unit, Math.sin(turn) * unit];
    for (let i = 0; i < points.length; i += 2) {
      const trust = Math.max(LEAST_TRUST, Math.min(1, scores[i / 2]));
      const [dx, dy] = [points[i] - x, points[i + 1] - y];
      const a = this.#expression[i].next(cosFrom * dx + sinFrom * dy, seconds, expression, trust);
      const b = this.#expression[i + 1].next(cosFrom * dy - sinFrom * dx, seconds, expression, trust);
      smooth[i] = left + cosTo * a - sinTo * b;
      smooth[i + 1] = top + sinTo * a + cosTo * b;
    }
    return smooth;
  }
}

/** Even a landmark that isn't seen goes where the network has it, in the end. */
const LEAST_TRUST = 0.2;

/** A rule for pixels where a unit has so many. */
function inUnits({ minCutoff, speedCutoff }: OneEuroRule, pixels: number): OneEuroRule {
  return { minCutoff, speedCutoff: speedCutoff / pixels };
}

/** The shape about its middle, its diagonal of length 1. */
function centred(shape: ArrayLike<number>): Float64Array {
  const middle = [0, 1].map((axis) => {
    const values = Array.from({ length: shape.length / 2 }, (_, i) => shape[2 * i + axis]);
    return { from: Math.min(...values), to: Math.max(...values), mean: values.reduce((sum, value) => sum + value, 0) / values.length };
  });
  const diagonal = Math.hypot(...middle.map(({ from, to }) => to - from));
  return Float64Array.from(shape, (value, i) => (value - middle[i % 2].mean) / diagonal);
}
