import { describe, expect, test } from 'vitest';
import { checkOptimiser, emaShare, settingsOf, type OptimiserOptions } from '../../src/step/optimiser.ts';
import { rateAt } from '../../src/train/rate.ts';
import { ADAM_SETTINGS } from '../../src/wasm/kernels/border.ts';
import { randomOf } from '../kernels/cases.ts';
import { uniform } from '../reference/random.ts';
import { describeBuilds, expectClose } from './kernels.ts';

const LENGTH = 32;

/** torch.optim.Adam and AdamW, written as in their documentation. */
function twin(options: OptimiserOptions, weights: Float64Array, gradients: Float32Array[], rate: number): void {
  const [m, v] = [new Float64Array(LENGTH), new Float64Array(LENGTH)];
  gradients.forEach((gradient, i) => {
    const step = i + 1;
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    for (let k = 0; k < LENGTH; k++) {
      let g = options.clip > 0 ? gradient[k] * Math.min(1, options.clip / norm) : gradient[k];
      if (options.optimiser === 'adamw') weights[k] -= rate * options.weightDecay * weights[k];
      else g += options.weightDecay * weights[k];
      m[k] = 0.9 * m[k] + 0.1 * g;
      v[k] = 0.999 * v[k] + 0.001 * g * g;
      weights[k] -= (rate * (m[k] / (1 - 0.9 ** step))) / (Math.sqrt(v[k] / (1 - 0.999 ** step)) + 1e-8);
    }
  });
}

describeBuilds((open) => {
  test.each([
    { optimiser: 'adam' as const, weightDecay: 0, clip: 0 },
    { optimiser: 'adam' as const, weightDecay: 0.1, clip: 0 },
    { optimiser: 'adamw' as const, weightDecay: 0.1, clip: 0 },
    { optimiser: 'adamw' as const, weightDecay: 0, clip: 0.5 },
  ])('three steps of %j', async (given) => {
    const options = checkOptimiser(given);
    const random = randomOf(given);
    const weights = Float64Array.from(uniform(random, LENGTH));
    const gradients = [0, 1, 2].map(() => uniform(random, LENGTH));
    const bench = await open();
    const [w, m, v, square] = [bench.floats(weights), bench.floats(LENGTH), bench.floats(LENGTH), bench.floats(2)];
    gradients.forEach((gradient, i) => {
      const g = bench.floats(gradient);
      bench.call('squareSum', { out: square, input: g, length: LENGTH });
      const settings = bench.floats(settingsOf(options, i + 1, 0.01, options.weightDecay, Math.sqrt(bench.double(square))));
      bench.call('adam', { w, g, m, v, settings, length: LENGTH });
    });
    twin(options, weights, gradients, 0.01);
    expectClose(bench.read(w, LENGTH), weights, 1e-6);
  });

  test('sums and averages over threads', async () => {
    const values = uniform(randomOf({}), 3 * LENGTH);
    const column = (k: number) => [0, 1, 2].map((i) => values[i * LENGTH + k]);
    const bench = await open();
    const all = bench.floats(values);
    const averages = bench.floats(new Float32Array(LENGTH).fill(2));
    bench.call('average', { out: averages, input: all, stride: 4 * LENGTH, count: 3, share: 0.1, length: LENGTH });
    expectClose(
      bench.read(averages, LENGTH),
      Array.from({ length: LENGTH }, (_, k) => 1.8 + (0.1 * column(k).reduce((a, b) => a + b)) / 3),
      1e-6,
    );
    const moved = bench.floats(LENGTH);
    bench.call('moveTowards', { out: moved, input: all, share: bench.floats([0.25]), length: LENGTH });
    expectClose(
      bench.read(moved, LENGTH),
      Array.from({ length: LENGTH }, (_, k) => 0.25 * values[k]),
      1e-6,
    );
    bench.call('gather', { out: all, input: all + 4 * LENGTH, stride: 4 * LENGTH, count: 2, length: LENGTH });
    expectClose(
      bench.read(all, LENGTH),
      Array.from({ length: LENGTH }, (_, k) => column(k).reduce((a, b) => a + b)),
      1e-6,
    );
  });
});

describe('schedules', () => {
  test('the rate rises, then falls along a cosine', () => {
    const plan = { rate: 1, steps: 110, warmup: 10 };
    const rates = Array.from({ length: 110 }, (_, step) => rateAt(step, plan));
    expect(Math.max(...rates)).toBe(1);
    expect(rates.indexOf(1)).toBe(10);
    expect(rates[60]).toBeCloseTo(0.5, 6);
    expect(rates[109]).toBeLessThan(1e-3);
    expect(ADAM_SETTINGS).toBe(settingsOf(checkOptimiser({}), 1, 1, 0, 1).length);
  });

  test('or to a tenth at each drop, as the authors train', () => {
    const plan = { rate: 1, steps: 60, warmup: 0, drops: [30, 50] };
    expect([0, 29, 30, 49, 50, 59].map((step) => rateAt(step, plan))).toEqual([1, 1, 0.1, 0.1, 0.1 ** 2, 0.1 ** 2]);
  });

  test('the first steps of an average weigh more', () => {
    expect(emaShare(0.99, 1)).toBeCloseTo(9 / 11, 12);
    expect(emaShare(0.99, 1e6)).toBeCloseTo(0.01, 12);
  });

  test.each([{ optimiser: 'sgd' as 'adam' }, { weightDecay: -1 }, { clip: NaN }, { ema: 1 }])('refuses %j', (options) => {
    expect(() => checkOptimiser(options)).toThrow(/is not (a number|one of)/);
  });
});
