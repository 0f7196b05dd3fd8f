import { expect, it } from 'vitest';
import { knownFlipTable } from '../../src/augment/flip-table.ts';
import { MEAN_HEAD } from '../../src/track/mean-head.ts';

const pointOf = (i: number) => [...MEAN_HEAD.points.subarray(3 * i, 3 * i + 3)];
const [EAR, CHIN, NOSE_TIP, NOSE_BASE, RIGHT_EYE, LEFT_EYE, LIP] = [0, 8, 30, 33, 36, 45, 51].map(pointOf);

it('the eyes are its unit, and it is symmetric', () => {
  expect([RIGHT_EYE, LEFT_EYE]).toEqual([
    [-0.5, 0, 0],
    [0.5, 0, 0],
  ]);
  for (const [i, partner] of knownFlipTable(68)!.entries()) {
    const [x, y, z] = pointOf(partner);
    // 0 and -0 are the same place.
    expect(pointOf(i).map((value) => value + 0)).toEqual([0 - x, y, z]);
    expect(MEAN_HEAD.spread[i]).toBe(MEAN_HEAD.spread[partner]);
  }
});

it('has the depths of a head', () => {
  const depths = [NOSE_TIP, LIP, CHIN, EAR].map(([, , z]) => z);
  expect(depths).toEqual([...depths].sort((a, b) => a - b));
  expect(EAR[2] - NOSE_TIP[2]).toBeGreaterThan(1);
  expect(EAR[2] - NOSE_TIP[2]).toBeLessThan(1.3);
  // 19.5 mm where the eyes' corners are 91 mm apart (Farkas 1994).
  expect(Math.hypot(...NOSE_TIP.map((value, axis) => value - NOSE_BASE[axis]))).toBeCloseTo(0.214, 2);
});
