import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { mean } from '../../src/base/statistics.ts';
import { areaUnderCurve, failureRate, normalisedErrors, shareWithin } from '../../src/evaluate/metrics.ts';

test('errors are distances in units of the norm', () => {
  const truth = [0, 0, 10, 0, 5, 5];
  const predicted = [3, 4, 10, 0, 5, 7];
  expect([...normalisedErrors(predicted, truth, 10)]).toEqual([0.5, 0, 0.2]);
  expect(mean(normalisedErrors(predicted, truth, 10))).toBeCloseTo(0.7 / 3, 15);
});

test('the share within a limit counts faces on the limit', () => {
  expect(shareWithin([0.1, 0.2, 0.3, 0.4], 0.2)).toBe(0.5);
});

/** Failure rate and AUC of the authors' code, run with numpy 2.4 and scipy 1.17. */
describe.each([
  [[0], 0, 1],
  [[0.05], 0, 0.5003333333333334],
  [[0.1], 0, 0.00033333333333334286],
  [[0.1000001], 1, 0],
  [[0.02, 0.03, 0.04, 0.2], 0.25, 0.52525],
  [[0.0312, 0.0417, 0.0288, 0.0551, 0.0999, 0.1203, 0.0333], 1 / 7, 0.4433333333333334],
])('%j', (nmes, rate, area) => {
  test('failure rate', () => expect(failureRate(nmes)).toBeCloseTo(rate, 14));
  test('AUC', () => expect(areaUnderCurve(nmes)).toBeCloseTo(area, 12));
  test('AUC by parabolas', () => expect(areaUnderCurve(nmes)).toBeCloseTo(parabolas(nmes) / 0.1, 12));
});

/** Simpson's rule in the form for any spacing: the integral of the parabola through each three neighbouring points. */
function parabolas(nmes: number[]): number {
  const xs: number[] = [];
  for (let x = 0; x < 0.1 + 0.00005; x = 0.0001 * xs.length) xs.push(x);
  const ys = xs.map((x) => nmes.filter((nme) => nme <= x).length / nmes.length);
  let area = 0;
  for (let i = 0; i + 2 < xs.length; i += 2) {
    const [h0, h1] = [xs[i + 1] - xs[i], xs[i + 2] - xs[i + 1]];
    const sum = h0 + h1;
    area += (sum / 6) * (ys[i] * (2 - h1 / h0) + ys[i + 1] * (sum ** 2 / (h0 * h1)) + ys[i + 2] * (2 - h0 / h1));
  }
  return area;
}

test.each([[[]], [[0.1, NaN]], [[Infinity]], [[-0.1]]])('NMEs %j are refused', (nmes) => {
  expect(() => failureRate(nmes)).toThrow(ArgumentError);
  expect(() => areaUnderCurve(nmes)).toThrow(ArgumentError);
});
