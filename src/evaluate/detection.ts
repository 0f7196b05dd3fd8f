/** How good a detector is on pictures whose faces are all marked: recall, precision and average precision. */
import { angleBetween, toDegrees } from '../base/affine.ts';
import { sharedArea } from '../base/boxes.ts';
import { intersectionOverUnion } from '../faces/nms.ts';
import type { Box, ScoredBox } from '../base/types.ts';

/** A face that is there. `roll` in radians; those that are not certain count neither as found nor as missed. */
export interface TrueFace {
  box: Box;
  roll: number;
  certain: boolean;
}

/** Overlap from which on a box is the face's (PASCAL VOC's). */
const OVERLAP = 0.5;

/** Share of a box inside of an uncertain face from which on it is not a false alarm. */
const INSIDE = 0.5;

/** Upper bounds of the groups by size (square root of width x height in pixels) and by angle from upright (degrees). */
const SIZES = [15, 20, 30, 60, 120, Infinity];
const ANGLES = [15, 30, 60, 90, 135, Infinity];

export interface Group {
  label: string;
  faces: number;
  found: number;
}

export interface DetectionEvaluation {
  pictures: number;
  faces: number;
  /** At the threshold. */
  found: number;
  falseAlarms: number;
  recall: number;
  precision: number;
  /** Area under the curve of precision over recall, of all boxes given. */
  averagePrecision: number;
  bySize: Group[];
  byAngle: Group[];
}

interface Claim {
  score: number;
  isRight: boolean;
}

/** Takes what a detector finds, picture by picture. */
export class DetectionScore {
  readonly #threshold: number;
  readonly #claims: Claim[] = [];
  readonly #faces: { face: TrueFace; score: number }[] = [];
  #pictures = 0;

  /** @param threshold score from which on a box counts as found */
  constructor(threshold: number) {
    this.#threshold = threshold;
  }

  /** @param found all boxes of a picture, also those below the threshold */
  add(faces: readonly TrueFace[], found: readonly ScoredBox[]): void {
    this.#pictures++;
    const certain = faces.filter(({ certain }) => certain);
    const unsure = faces.filter(({ certain }) => !certain);
    const scores = certain.map(() => 0);
    for (const { box, score } of [...found].sort((a, b) => b.score - a.score)) {
      const overlaps = certain.map((face, i) => (scores[i] > 0 ? 0 : intersectionOverUnion(face.box, box)));
      const best = overlaps.indexOf(Math.max(...overlaps));
      const isRight = best >= 0 && overlaps[best] >= OVERLAP;
      if (isRight) scores[best] = score;
      else if (unsure.some((face) => share(box, face.box) > INSIDE || intersectionOverUnion(box, face.box) >= OVERLAP)) continue;
      this.#claims.push({ score, isRight });
    }
    certain.forEach((face, i) => this.#faces.push({ face, score: scores[i] }));
  }

  result(): DetectionEvaluation {
    const isFound = ({ score }: { score: number }) => score >= this.#threshold;
    const claims = this.#claims.sort((a, b) => b.score - a.score);
    const said = claims.filter(isFound);
    const found = said.filter(({ isRight }) => isRight).length;
    const faces = this.#faces.length;
    return {
      pictures: this.#pictures,
      faces,
      found,
      falseAlarms: said.length - found,
      recall: found / Math.max(1, faces),
      precision: found / Math.max(1, said.length),
      averagePrecision: averagePrecision(claims, faces),
      bySize: this.#groups(SIZES, ({ box }) => Math.sqrt(box.width * box.height), 'px'),
      byAngle: this.#groups(ANGLES, ({ roll }) => toDegrees(Math.abs(angleBetween(roll, 0))), 'degrees'),
    };
  }

  #groups(bounds: readonly number[], measureOf: (face: TrueFace) => number, unit: string): Group[] {
    return bounds.map((most, i) => {
      const least = bounds[i - 1] ?? 0;
      const members = this.#faces.filter(({ face }) => measureOf(face) >= least && measureOf(face) < most);
      return {
        label: most === Infinity ? `${least} ${unit} and more` : `${least} to ${most} ${unit}`,
        faces: members.length,
        found: members.filter(({ score }) => score > 0 && score >= this.#threshold).length,
      };
    });
  }
}

/** Of claims in falling order; precision at each recall is the best at that recall or more (PASCAL VOC since 2010). */
function averagePrecision(claims: readonly Claim[], faces: number): number {
  let right = 0;
  const precisions = claims.flatMap(({ isRight }, i) => (isRight ? [++right / (i + 1)] : []));
  let best = 0;
  let sum = 0;
  for (const precision of precisions.reverse()) sum += best = Math.max(best, precision);
  return sum / Math.max(1, faces);
}

function share(part: Box, whole: Box): number {
  return sharedArea(part, whole) / (part.width * part.height);
}
