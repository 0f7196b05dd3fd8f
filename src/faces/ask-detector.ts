import { ours, PipnetError, reasonOf } from '../base/errors.ts';
import { listOf, number, objectOf, read, rectangle } from '../base/options.ts';
import type { ScoredBox } from '../base/types.ts';

const scoredBox = objectOf<ScoredBox>({ box: rectangle, score: number(0, 1) }, ['box', 'score']);

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
