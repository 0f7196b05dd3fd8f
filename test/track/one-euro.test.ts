import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../src/base/random.ts';
import { FaceSmoother, smoothRules } from '../../src/track/smoother.ts';
import { lowPassWeight, OneEuro } from '../../src/track/one-euro.ts';

describe('OneEuro', () => {
  it('is the low pass of the paper where nothing moves', () => {
    const filter = new OneEuro();
    filter.next(0, 1 / 30, { minCutoff: 1, speedCutoff: 0 });
    // Casiez, Roussel, Vogel, equation 4: alpha = 1 / (1 + tau / Te), tau = 1 / (2 pi fc).
    const alpha = 1 / (1 + 1 / (2 * Math.PI) / (1 / 30));
    expect(lowPassWeight(1, 1 / 30)).toBeCloseTo(alpha, 12);
    for (let i = 0; i < 20; i++) filter.next(0, 1 / 30, { minCutoff: 1, speedCutoff: 0 });
    expect(filter.next(1, 1 / 30, { minCutoff: 1, speedCutoff: 0 })).toBeCloseTo(alpha, 12);
  });

  it('averages the first samples', () => {
    const filter = new OneEuro();
    for (const value of [4, 1, 1]) filter.next(value, 1 / 30, { minCutoff: 0.01, speedCutoff: 0 });
    expect(filter.value).toBeCloseTo(2, 6);
  });

  it('depends on time, not on how many samples there are', () => {
    const answers = [30, 120].map((fps) => {
      const filter = new OneEuro();
      for (let i = 0; i < fps; i++) filter.next(0, 1 / fps, { minCutoff: 1, speedCutoff: 0 });
      let value = 0;
      for (let i = 0; i < fps / 5; i++) value = filter.next(1, 1 / fps, { minCutoff: 1, speedCutoff: 0 });
      return value;
    });
    expect(Math.abs(answers[0] - answers[1])).toBeLessThan(0.1);
  });

  it('follows what moves at a speed within a frame, and holds what does not', () => {
    const rule = { minCutoff: 0.5, speedCutoff: 15 };
    const filter = new OneEuro();
    let value = 0;
    for (let i = 0; i < 60; i++) value = filter.next(i / 30, 1 / 30, rule);
    expect(59 / 30 - value).toBeLessThan(1 / 30);
    const random = randomFrom(1);
    const noise = Array.from({ length: 600 }, () => random() - 0.5);
    const still = new OneEuro();
    const smooth = noise.map((sample) => still.next(1e-3 * sample, 1 / 30, rule)).slice(100);
    const spread = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    expect(spread(smooth)).toBeLessThan(0.35 * 1e-3 * spread(noise));
  });
});

describe('FaceSmoother', () => {
  const shape = [0, 0, 2, 0, 1, 1, 0, 2, 2, 2];
  const scores = [1, 1, 1, 1, 1];
  const placed = (x: number, y: number, size: number, roll: number, nose = 1) =>
    shape.map((_, i) => {
      const [a, b] = [shape[i & ~1] - 1, (i >> 1 === 2 ? nose : shape[i | 1]) - 1];
      return i % 2 === 0 ? x + size * (Math.cos(roll) * a - Math.sin(roll) * b) : y + size * (Math.sin(roll) * a + Math.cos(roll) * b);
    });

  it('leaves a face that stands as it is, however it is turned', () => {
    for (const roll of [0, 1, 3, -3]) {
      const smoother = new FaceSmoother(shape, smoothRules({}));
      let points: ArrayLike<number> = [];
      for (let i = 0; i < 3; i++) points = smoother.next(placed(100, 80, 30, roll), scores, 1 / 30);
      Array.from(points).forEach((value, i) => expect(value).toBeCloseTo(placed(100, 80, 30, roll)[i], 6));
    }
  });

  it('turns through 180 degrees the short way', () => {
    const smoother = new FaceSmoother(shape, smoothRules({}));
    let points: Float64Array = new Float64Array();
    for (let i = 0; i < 40; i++) points = smoother.next(placed(0, 0, 30, Math.PI + (i - 20) * 0.05), scores, 1 / 30);
    const truth = placed(0, 0, 30, Math.PI + 19 * 0.05);
    points.forEach((value, i) => expect(Math.abs(value - truth[i])).toBeLessThan(5));
  });

  it('a jump of the head is no expression: the shape stays what it is', () => {
    const smoother = new FaceSmoother(shape, smoothRules({}));
    for (let i = 0; i < 20; i++) smoother.next(placed(100, 100, 30, 0), scores, 1 / 30);
    const points = smoother.next(placed(160, 100, 30, 0.2), scores, 1 / 30);
    const [width, height] = [
      Math.hypot(points[2] - points[0], points[3] - points[1]),
      Math.hypot(points[6] - points[0], points[7] - points[1]),
    ];
    expect(width).toBeCloseTo(60, 1);
    expect(height).toBeCloseTo(60, 1);
  });
});
