import { expect, test } from 'vitest';
import { mean, median, quantile } from '../../src/base/statistics.ts';

test('mean', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean(Float32Array.of(0.5))).toBe(0.5);
  expect(mean([])).toBeNaN();
});

test('median and quantiles are values that occur, in any order, and leave the list as it is', () => {
  const values = [9, 10, 1, 2];
  expect(median(values)).toBe(2);
  expect(median([3, 1, 2])).toBe(2);
  expect([0, 0.25, 0.26, 0.95, 1].map((share) => quantile(values, share))).toEqual([1, 1, 2, 10, 10]);
  expect(values).toEqual([9, 10, 1, 2]);
});
