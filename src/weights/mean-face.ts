import { DataError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';

/**
 * Reads a mean face: `x y x y ...` in units of the crop, separated by spaces, commas or line breaks.
 *
 * @param landmarks how many there should be
 * @param label what messages call the text, mostly its path
 * @returns 2 * landmarks numbers, x before y
 * @throws DataError where the count is another, or something is no finite number
 */
export function parseMeanFace(text: string, landmarks: number, label = 'mean face'): Float64Array {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const numbers = Float64Array.from(words, (word, i) => {
    const value = Number(word);
    if (!Number.isFinite(value))
      throw new DataError(`${label}: ${quote(word)}, its number ${i + 1}, is not finite: expected x y x y ... in units of the crop`);
    return value;
  });
  if (numbers.length !== 2 * landmarks) {
    throw new DataError(`${label}: ${numbers.length} numbers, but ${landmarks} landmarks need ${2 * landmarks}, x and y of each`);
  }
  return numbers;
}
