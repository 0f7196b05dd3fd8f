import { describe, expect, it } from 'vitest';
import { isFace, leastScore } from '../../src/faces/evidence.ts';

describe('what box and landmarks say together', () => {
  it('a box near the threshold is decided by its landmarks, one far from it is not', () => {
    expect(isFace(0.52, 0.9, 0.6)).toBe(true);
    expect(isFace(0.52, 0.3, 0.6)).toBe(false);
    expect(isFace(0.65, 0.2, 0.6)).toBe(false);
    expect(isFace(0.65, 0.6, 0.6)).toBe(true);
    expect(isFace(0.3, 1, 0.6)).toBe(false);
    expect(isFace(0.95, 0, 0.6)).toBe(true);
  });

  it.each([0.05, 0.3, 0.6, 0.9])('below the least score for the threshold %f no landmarks help', (threshold) => {
    const least = leastScore(threshold);
    expect(least).toBeLessThan(threshold);
    expect(isFace(least + 1e-6, 1, threshold)).toBe(true);
    expect(isFace(least - 1e-6, 1, threshold)).toBe(false);
  });

  it('a threshold of 0 takes every box, one of 1 only those that are certain', () => {
    expect([leastScore(0), leastScore(1)]).toEqual([0, 1]);
    expect(isFace(0, 0, 0)).toBe(true);
    expect(isFace(1, 0, 1)).toBe(true);
    expect(isFace(0.9999, 1, 1)).toBe(false);
  });
});
