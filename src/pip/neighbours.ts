/** The neighbourhood of landmarks in the mean face (paper, section 3.2). */
export interface Neighbours {
  /** [landmarks][neighbours]: the landmarks nearest to each, the nearest first. */
  of: number[][];
  /** [landmarks][]: who has this landmark as a neighbour: the voter and the landmark's place in the voter's list. */
  voters: { landmark: number; place: number }[][];
}

/**
 * The `count` nearest landmarks of each by squared distance in the mean face, itself left out, and the reverse relation.
 *
 * As in the authors' code each list of voters is repeated cyclically up to the length of the longest, so that some
 * voters count twice.
 *
 * @param meanFace x y x y ..., in any unit
 */
export function findNeighbours(meanFace: ArrayLike<number>, count: number): Neighbours {
  const landmarks = meanFace.length / 2;
  const indices = Array.from({ length: landmarks }, (_, i) => i);
  const of = indices.map((i) => {
    const distance = (j: number) => (meanFace[2 * i] - meanFace[2 * j]) ** 2 + (meanFace[2 * i + 1] - meanFace[2 * j + 1]) ** 2;
    return indices
      .filter((j) => j !== i)
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, count);
  });
  const voters: Neighbours['voters'] = indices.map(() => []);
  of.forEach((list, landmark) => list.forEach((neighbour, place) => voters[neighbour].push({ landmark, place })));
  const longest = Math.max(...voters.map((list) => list.length));
  return { of, voters: voters.map((list) => (list.length === 0 ? [] : Array.from({ length: longest }, (_, i) => list[i % list.length]))) };
}
