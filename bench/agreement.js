import { readFile } from 'node:fs/promises';

/** Largest difference allowed, in units of a map's largest magnitude. */
const TOLERANCE = 1e-3;

/**
 * Compares maps, given as files by name.
 *
 * @throws Error for one that differs from the reference
 */
export async function expectAgreement(maps, reference) {
  for (const [name, file] of Object.entries(reference)) {
    const [actual, expected] = await Promise.all([readFloats(maps[name]), readFloats(file)]);
    const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const error = expected.reduce((max, value, i) => Math.max(max, Math.abs(value - actual[i])), 0) / largest;
    if (actual.length !== expected.length || !(error < TOLERANCE))
      throw new Error(`not timed: its ${name} differs from ours by ${error} of the largest magnitude`);
  }
}

async function readFloats(file) {
  const bytes = await readFile(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
