import { expect, test } from 'vitest';
import { shrink } from '../../src/image/shrink.ts';

/** Two rows of three pixels, red only, RGBA. */
const PICTURE = { data: Uint8Array.from([10, 20, 30, 110, 120, 130].flatMap((red) => [red, 0, 0, 255])), width: 3, height: 2 };
const redsOf = (...[left, top, columns, rows, ratio]: number[]) => {
  const { data } = shrink(PICTURE, { left, top, columns, rows, ratio });
  return Array.from({ length: columns * rows }, (_, i) => data[3 * i]);
};

test('as it is', () => expect(redsOf(1, 0, 2, 2, 1)).toEqual([20, 30, 120, 130]));
test('whole pixels', () => expect(redsOf(0, 0, 1, 1, 2)).toEqual([65]));
test('parts of pixels', () => expect(redsOf(0, 0, 2, 1, 1.5)).toEqual([47, 60]));
test('black outside', () => expect(redsOf(-2, -1, 3, 2, 2)).toEqual([0, 8, 8, 0, 58, 33]));
