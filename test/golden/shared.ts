import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../../../shared/', import.meta.url);

/** Checkpoints and photographs that may not be committed lie beside the repository; tests that need them are skipped elsewhere. */
export const hasShared = existsSync(folder);
export const inShared = (path: string): URL => new URL(path, folder);

/** A golden file of this folder. */
export const readGolden = (file: string): Buffer => readFileSync(new URL(file, import.meta.url));
export const readGoldenFloats = (file: string): Float32Array => new Float32Array(new Uint8Array(readGolden(file)).buffer);

/** Largest difference in units of the expected tensor's largest magnitude. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values instead of ${expected.length}`);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i])), 0) / largest;
}
