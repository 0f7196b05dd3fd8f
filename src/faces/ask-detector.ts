import { ArgumentError, ours, PipnetError, reasonOf } from '../base/errors.ts';
import { box, listOf, number, objectOf, point, read, rectangle, type Rule } from '../base/options.ts';
import type { Box, Point, ScoredBox } from '../base/types.ts';
import { FACE_POINTS } from './facegrid-code.ts';

const anyPoints = listOf(point, 'points { x, y }');
const points: Rule<Point[]> = (value, name) => {
  const list = anyPoints(value, name);
  if (list.length === FACE_POINTS) return list;
  throw new ArgumentError(`${name} has ${list.length} points: a face has ${FACE_POINTS}, both eyes, nose, both corners of the mouth`);
};
const scoredBox = objectOf<ScoredBox>({ box: rectangle, score: number(0, 1), points }, ['box', 'score']);

const knownBox = objectOf<ScoredBox>({ box, score: number(0, 1), points }, ['box', 'score']);

/** A face that the caller knows of: a box, whose score is 1, or what a detector has answered. */
export const knownFace: Rule<ScoredBox> = (value, name) =>
  typeof value === 'object' && value !== null && 'box' in value ? knownBox(value, name) : { box: box(value as Box, name), score: 1 };

/**
 * What a detector answers, which may be the caller's and wrong.
 *
 * @throws PipnetError that names the detector, if it throws or answers with anything but at most `most` boxes and scores
 */
export async function askDetector(ask: () => ScoredBox[] | Promise<ScoredBox[]>, most: number): Promise<ScoredBox[]> {
  try {
    return read(await ask(), 'its answer', listOf(scoredBox, 'boxes { box, score }', most, 'maxBoxes'));
  } catch (error) {
    throw new PipnetError(`the detector failed: ${ours(error)?.message ?? reasonOf(error)}`, { cause: error });
  }
}
