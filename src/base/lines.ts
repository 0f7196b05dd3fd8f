// What lists of faces have in common as texts, whatever stands in their lines.
import { DataError } from './errors.ts';
import { quote } from './quote.ts';

/** Lines that aren't blank, without the space around them, each with its place, `list.txt:12`, for messages. */
export function linesOf(text: string, label: string): { line: string; source: string }[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i) => ({ line: line.trim(), source: `${label}:${i + 1}` }))
    .filter(({ line }) => line !== '');
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Well beyond any picture that we read, well below where squares overflow. */
export const MAX_COORDINATE = 1e6;

/**
 * Words as coordinates in pixels.
 *
 * @throws DataError for what is no decimal number, or beyond any picture
 */
export function parseCoordinates(words: readonly string[], source: string): Float64Array {
  return Float64Array.from(words, (word, i) => {
    const value = DECIMAL.test(word) ? Number(word) : NaN;
    if (Math.abs(value) <= MAX_COORDINATE) return value;
    throw new DataError(`${source}: ${quote(word)}, number ${i + 1} of the line, is no coordinate: expected pixels, such as 104.5`);
  });
}

/**
 * Checks that a dataset's name of a picture is one, and stays within the folder of pictures.
 *
 * @throws DataError for control characters, absolute paths of any system, and `..` anywhere in the path
 */
export function checkName(name: string, source: string): void {
  if (/\p{Cc}/u.test(name)) throw new DataError(`${source}: the name ${quote(name)} holds control characters: is this a text file?`);
  if (!/^([\\/]|[a-z]:)/i.test(name) && !name.split(/[\\/]/).includes('..')) return;
  throw new DataError(`${source}: ${quote(name)} leads out of the folder of pictures: use a path below it, without ".."`);
}
