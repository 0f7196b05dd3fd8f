import { linesOf, parseCoordinates } from '../base/lines.ts';
import { DataError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import type { Point } from '../base/types.ts';

/**
 * Reads an iBUG `.pts` file: `version: 1`, `n_points: 68`, then `x y` lines between braces; also without header or
 * braces.
 *
 * @returns x y x y ... in pixels counted from 0; the file counts them from 1
 * @throws DataError that names the file and the line
 */
export function parsePts(text: string, label: string): Float64Array {
  const values: number[] = [];
  let announced: number | undefined;
  for (const { line, source } of linesOf(text, label)) {
    const [, key, value] = /^(version|n_points)\s*:\s*(.*)$/i.exec(line) ?? [];
    if (key?.toLowerCase() === 'n_points') announced = Number(value);
    if (key || line === '{' || line === '}' || line.startsWith('//')) continue;
    const pair = line.split(/\s+/);
    if (pair.length !== 2) throw new DataError(`${source}: ${quote(line)} is no landmark: expected two numbers, x and y`);
    values.push(...parseCoordinates(pair, source).map((coordinate) => coordinate - 1));
  }
  if (values.length === 0) throw new DataError(`${label}: no landmarks in the file`);
  if (announced !== undefined && announced !== values.length / 2)
    throw new DataError(`${label}: ${values.length / 2} landmarks, but its header says n_points: ${announced}`);
  return Float64Array.from(values);
}

/** Landmarks as such a file, as 300W has them. */
export function ptsOf(landmarks: readonly Point[]): string {
  const lines = landmarks.map(({ x, y }) => `${(x + 1).toFixed(3)} ${(y + 1).toFixed(3)}`);
  return ['version: 1', `n_points: ${landmarks.length}`, '{', ...lines, '}\n'].join('\n');
}
