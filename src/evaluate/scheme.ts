import { ArgumentError } from '../base/errors.ts';

/** What the landmarks of a dataset mean, as far as measuring needs it; numbers are landmark indices from 0. */
export interface Scheme {
  landmarks: number;
  /** The outer eye corners: the distance between them is the unit of the NME. */
  eyes: readonly [number, number];
  /** Parts of the face that are also measured alone. */
  groups: Readonly<Record<string, readonly number[]>>;
}

/**
 * The datasets of the paper by landmark count. Eye corners as in the authors' `lib/test.py`; AFLW has none there, its
 * errors are in units of the face box.
 */
const KNOWN: Record<number, { dataset: string; eyes?: readonly [number, number]; groups: Scheme['groups'] }> = {
  19: {
    dataset: 'AFLW',
    groups: { brows: range(0, 5), eyes: range(6, 11), nose: range(12, 14), mouth: range(15, 17), chin: [18] },
  },
  29: {
    dataset: 'COFW',
    eyes: [8, 9],
    groups: { brows: range(0, 7), eyes: range(8, 17), nose: range(18, 21), mouth: range(22, 27), chin: [28] },
  },
  68: {
    dataset: '300W',
    eyes: [36, 45],
    groups: { jaw: range(0, 16), brows: range(17, 26), nose: range(27, 35), eyes: range(36, 47), mouth: range(48, 67) },
  },
  98: {
    dataset: 'WFLW',
    eyes: [60, 72],
    groups: {
      contour: range(0, 32),
      brows: range(33, 50),
      nose: range(51, 59),
      eyes: [...range(60, 75), 96, 97],
      mouth: range(76, 95),
    },
  },
};

/**
 * The scheme of a model with this many landmarks: 68 is 300W, 98 WFLW, 29 COFW, 19 AFLW; any other has no groups.
 *
 * @param eyes the outer eye corners, for counts that have no usual pair, or to measure by another pair
 * @throws ArgumentError where the pair is missing or not two of the landmarks
 */
export function schemeFor(landmarks: number, eyes?: readonly [number, number]): Scheme {
  const known = KNOWN[landmarks];
  const pair = eyes ?? known?.eyes;
  if (!pair) {
    const why = known ? `${known.dataset} is measured by face size, which lists don't hold` : 'no dataset known here has that many';
    throw new ArgumentError(`${landmarks} landmarks have no usual pair of outer eye corners (${why}): name their indices with --eyes i,j`);
  }
  if (pair[0] === pair[1] || pair.some((i) => !Number.isInteger(i) || i < 0 || i >= landmarks)) {
    throw new ArgumentError(`eye corners ${pair.join(',')} are not two different landmarks from 0 to ${landmarks - 1}`);
  }
  return { landmarks, eyes: pair, groups: known?.groups ?? {} };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
