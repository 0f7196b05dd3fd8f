const LANDMARKS = 68;

/** Pixels by which landmarks may differ between runtimes: the second crop lies where the first landmarks say, to the last bit. */
const TOLERANCE = 1e-2;

/**
 * One row of the table for each result of a runtime.
 *
 * @param reference landmarks by build of the kernels; the first runtime that has a build sets them
 * @throws Error if the landmarks differ, or the threads are not what the runtime should have
 */
export function checkOutput({ name, threads, worker = true }, { version, results, warnings, inWorker }, reference) {
  checkThreads(results, warnings, threads);
  if (inWorker !== worker) throw new Error(`in a worker: ${inWorker}`);
  return results.map(({ kernels, threads, ms, landmarks }) => {
    const expected = (reference[kernels] ??= landmarks);
    const difference = checkLandmarks(landmarks, expected);
    return [
      name,
      version,
      kernels,
      threads,
      ms?.toFixed(1) ?? '-',
      expected === landmarks ? 'reference' : `equal to ${difference.toExponential(0)}`,
    ];
  });
}

/**
 * @param landmarks x y x y ...
 * @returns by how many pixels they differ
 * @throws Error if they aren't one face's, or differ by too much
 */
export function checkLandmarks(landmarks, expected) {
  if (landmarks.length !== 2 * LANDMARKS) throw new Error(`${landmarks.length / 2} landmarks instead of one face's ${LANDMARKS}`);
  const difference = Math.max(...landmarks.map((value, i) => Math.abs(value - expected[i])));
  if (!(difference <= TOLERANCE)) throw new Error(`landmarks differ by ${difference} pixels`);
  return difference;
}

/** Half of the results were asked for on two threads. Where there are none, one warning must say why. */
function checkThreads(results, warnings, expected) {
  const counts = results.map(({ threads }) => threads);
  const wanted = results.map((_, i) => (expected && i >= results.length / 2 ? 2 : 1));
  if (String(counts) !== String(wanted)) throw new Error(`thread counts are ${counts} instead of ${wanted}: ${warnings}`);
  const fits = expected ? warnings.length === 0 : warnings.length === 1 && warnings[0].includes('one thread instead of 2: ');
  if (!fits) throw new Error(`${warnings.length} warnings: ${warnings}`);
}
