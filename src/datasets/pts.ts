import { DataError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';

const LANDMARK = /^(\S+)\s+(\S+)$/;

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
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = raw.trim();
    const [, key, value] = /^(version|n_points)\s*:\s*(.*)$/i.exec(line) ?? [];
    if (key?.toLowerCase() === 'n_points') announced = Number(value);
    if (line === '' || key || line === '{' || line === '}' || line.startsWith('//')) continue;
    const pair = (LANDMARK.exec(line)?.slice(1) ?? []).map(Number);
    if (pair.length !== 2 || !pair.every(Number.isFinite))
      throw new DataError(`${label}:${i + 1}: ${quote(line)} is no landmark: expected two numbers, x and y`);
    values.push(pair[0] - 1, pair[1] - 1);
  }
  if (values.length === 0) throw new DataError(`${label}: no landmarks in the file`);
  if (announced !== undefined && announced !== values.length / 2)
    throw new DataError(`${label}: ${values.length / 2} landmarks, but its header says n_points: ${announced}`);
  return Float64Array.from(values);
}
