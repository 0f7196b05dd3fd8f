import { describe, expect, test } from 'vitest';
import type { Activation } from '../../src/network/graph.ts';
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import { draw, randomOf } from '../kernels/cases.ts';
import { activate } from '../reference/convolution.ts';
import { squeezeExcite } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { describeBuilds, dot, expectClose, slopes } from './kernels.ts';

/** Far from the kinks' width, near enough for the slopes. */
const STEP = 1e-6;

const EPSILON = 1e-5;

/** Batch norm in training mode and its activation, z [pixels, channels]. */
function batchNorm(
  z: ArrayLike<number>,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
  activation: Activation,
  residual?: ArrayLike<number>,
): Float64Array {
  const channels = gamma.length;
  const pixels = z.length / channels;
  const out = new Float64Array(z.length);
  for (let c = 0; c < channels; c++) {
    const values = Array.from({ length: pixels }, (_, p) => z[p * channels + c]);
    const mean = values.reduce((sum, value) => sum + value, 0) / pixels;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels;
    values.forEach((value, p) => {
      const u = (gamma[c] * (value - mean)) / Math.sqrt(variance + EPSILON) + beta[c];
      out[p * channels + c] = activate(u + (residual ? residual[p * channels + c] : 0), activation);
    });
  }
  return out;
}

describeBuilds((open) => {
  describe('batch norm', () => {
    const activations: Activation[] = ['none', 'relu', 'relu6', 'hardSwish'];
    test.each(draw(16, { pixels: [4, 5, 16, 33], channels: [4, 8, 20, 36], activation: activations }))('%j', async (drawn) => {
      const { pixels, channels, activation } = drawn;
      const code = ACTIVATION_CODES[activation];
      const random = randomOf(drawn);
      const z = uniform(random, pixels * channels, -3, 5);
      const gamma = uniform(random, channels, 0.5, 4);
      const beta = uniform(random, channels, -2, 4);
      const dy = uniform(random, pixels * channels);
      const bench = await open();
      const [state, sums, batch, zs] = [
        bench.floats(7 * channels),
        bench.floats(4 * channels),
        bench.floats(2 * channels),
        bench.floats(z),
      ];
      bench.call('normSums', { sums, z: zs, pixels, channels });
      bench.call('normFinish', { state, batch, sums, gamma: bench.floats(gamma), beta: bench.floats(beta), pixels, channels });
      const y = bench.floats(z.length);
      bench.call('normApply', { y, z: zs, residual: 0, state, pixels, channels, activation: code });
      expectClose(bench.read(y, z.length), batchNorm(z, gamma, beta, activation), 1e-5);

      const means = Array.from(
        { length: channels },
        (_, c) => z.reduce((sum, value, i) => sum + (i % channels === c ? value : 0), 0) / pixels,
      );
      const variances = means.map(
        (mean, c) => z.reduce((sum, value, i) => sum + (i % channels === c ? (value - mean) ** 2 : 0), 0) / (pixels - 1),
      );
      expectClose(bench.read(batch, 2 * channels), [...means, ...variances], 1e-5);

      const backwardSums = bench.floats(4 * channels);
      const [dgamma, dbeta, dz] = [bench.floats(channels), bench.floats(channels), bench.floats(z.length)];
      const dys = bench.floats(dy);
      bench.call('normBackwardSums', { sums: backwardSums, dy: dys, z: zs, state, pixels, channels, activation: code });
      bench.call('normBackwardFinish', { state, dgamma, dbeta, sums: backwardSums, pixels, channels });
      bench.call('normBackward', { dz, dy: dys, z: zs, state, pixels, channels, activation: code });
      expectClose(
        bench.read(dgamma, channels),
        slopes(gamma, (gamma) => dot(dy, batchNorm(z, gamma, beta, activation)), STEP),
      );
      expectClose(
        bench.read(dbeta, channels),
        slopes(beta, (beta) => dot(dy, batchNorm(z, gamma, beta, activation)), STEP),
      );
      expectClose(
        bench.read(dz, z.length),
        slopes(z, (z) => dot(dy, batchNorm(z, gamma, beta, activation)), STEP),
      );
    });

    test('with a residual, then the activation alone', async () => {
      const [pixels, channels] = [9, 12];
      const random = randomOf({ pixels, channels });
      const z = uniform(random, pixels * channels);
      const residual = uniform(random, pixels * channels);
      const [gamma, beta] = [uniform(random, channels, 0.5, 2), uniform(random, channels)];
      const dy = uniform(random, pixels * channels);
      const bench = await open();
      const [state, sums, batch, zs] = [
        bench.floats(7 * channels),
        bench.floats(4 * channels),
        bench.floats(2 * channels),
        bench.floats(z),
      ];
      bench.call('normSums', { sums, z: zs, pixels, channels });
      bench.call('normFinish', { state, batch, sums, gamma: bench.floats(gamma), beta: bench.floats(beta), pixels, channels });
      const y = bench.floats(z.length);
      bench.call('normApply', { y, z: zs, residual: bench.floats(residual), state, pixels, channels, activation: ACTIVATION_CODES.relu });
      expectClose(bench.read(y, z.length), batchNorm(z, gamma, beta, 'relu', residual), 1e-5);
      const du = bench.floats(z.length);
      bench.call('activationBackward', { du, dy: bench.floats(dy), y, length: z.length, activation: ACTIVATION_CODES.relu });
      expectClose(
        bench.read(du, z.length),
        slopes(residual, (residual) => dot(dy, batchNorm(z, gamma, beta, 'relu', residual)), STEP),
      );
    });
  });

  describe('squeezeExciteBackward', () => {
    const activations: Activation[] = ['none', 'relu', 'hardSwish'];
    test.each(draw(12, { pixels: [1, 4, 9], channels: [4, 8, 16], hidden: [4, 8], activation: activations }))('%j', async (drawn) => {
      const { pixels, channels, hidden, activation } = drawn;
      const random = randomOf(drawn);
      const tensors = [
        uniform(random, pixels * channels, -4, 4),
        uniform(random, hidden * channels),
        uniform(random, hidden),
        uniform(random, channels * hidden),
        uniform(random, channels, -4, 4),
      ] as const;
      const [x, squeeze, squeezeBias, excite, exciteBias] = tensors;
      const dy = uniform(random, pixels * channels);
      const code = ACTIVATION_CODES[activation];
      const bench = await open();
      const [xs, ws, bs, we, be] = tensors.map((tensor) => bench.floats(tensor));
      const kept = bench.floats(2 * channels + hidden);
      bench.call('squeezeExcite', {
        out: bench.floats(x.length),
        input: xs,
        squeeze: ws,
        squeezeBias: bs,
        excite: we,
        exciteBias: be,
        scratch: kept,
        pixels,
        channels,
        hidden,
        activation: code,
      });
      const gradients = tensors.map(({ length }) => bench.floats(length));
      bench.call('squeezeExciteBackward', {
        dx: gradients[0],
        dSqueeze: gradients[1],
        dSqueezeBias: gradients[2],
        dExcite: gradients[3],
        dExciteBias: gradients[4],
        dy: bench.floats(dy),
        x: xs,
        squeeze: ws,
        excite: we,
        forward: kept,
        scratch: bench.floats(2 * channels + hidden),
        pixels,
        channels,
        hidden,
        activation: code,
      });
      tensors.forEach((tensor, i) => {
        const expected = slopes(
          tensor,
          (changed) => {
            const [x, squeeze, squeezeBias, excite, exciteBias] = tensors.map((other, j) => (j === i ? changed : other));
            return dot(dy, squeezeExcite(x, squeeze, squeezeBias, excite, exciteBias, { pixels, channels, activation }));
          },
          STEP,
        );
        expectClose(bench.read(gradients[i], tensor.length), expected);
      });
    });
  });

  describe('losses', () => {
    const [samples, rows, columns, landmarks, channels] = [3, 2, 4, 5, 8];
    const cells = rows * columns;
    const random = randomOf({ samples, rows, columns, landmarks });
    // Some landmarks lie outside of the crop: they count to its nearest cell.
    const points = uniform(random, samples * landmarks * 2, -0.2, 1.2);
    const shares = Float32Array.of(0.5, 0, 0.25);
    const cellOf = (sample: number, landmark: number) => {
      const [x, y] = [points[2 * (sample * landmarks + landmark)], points[2 * (sample * landmarks + landmark) + 1]];
      const inside = (value: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(Math.fround(value * count))));
      return { column: inside(x, columns), row: inside(y, rows) };
    };

    test('scores', async () => {
      const scores = uniform(random, samples * cells * landmarks);
      const twin = (scores: ArrayLike<number>) => {
        let loss = 0;
        for (let i = 0; i < scores.length; i++) {
          const [sample, cell, landmark] = [Math.floor(i / landmarks / cells), Math.floor(i / landmarks) % cells, i % landmarks];
          const { column, row } = cellOf(sample, landmark);
          loss += shares[sample] * (scores[i] - Number(cell === row * columns + column)) ** 2;
        }
        return loss;
      };
      const bench = await open();
      const [loss, dscores] = [bench.floats(2), bench.floats(scores.length)];
      bench.call('scoreLoss', {
        loss,
        dscores,
        scores: bench.floats(scores),
        points: bench.floats(points),
        shares: bench.floats(shares),
        samples,
        rows,
        columns,
        landmarks,
      });
      expect(bench.double(loss)).toBeCloseTo(twin(scores), 5);
      expectClose(bench.read(dscores, scores.length), slopes(scores, twin));
    });

    test.each([
      { places: 1, axis: 0 },
      { places: 1, axis: 1 },
      { places: 3, axis: 0 },
      { places: 3, axis: 1 },
    ])('offsets %j', async ({ places, axis }) => {
      const tensors = [
        uniform(random, samples * cells * channels),
        uniform(random, landmarks * places * channels),
        uniform(random, landmarks * places),
      ] as const;
      const subjects = Array.from({ length: landmarks * places }, (_, i) => (i * 7 + 3) % landmarks);
      const twin = (features: ArrayLike<number>, weights: ArrayLike<number>, bias: ArrayLike<number>) => {
        let loss = 0;
        for (let s = 0; s < samples; s++) {
          for (let i = 0; i < landmarks * places; i++) {
            const { column, row } = cellOf(s, Math.floor(i / places));
            let value = bias[i];
            for (let c = 0; c < channels; c++)
              value += weights[i * channels + c] * features[(s * cells + row * columns + column) * channels + c];
            const place = points[2 * (s * landmarks + subjects[i]) + axis];
            loss += shares[s] * Math.abs(value - (axis === 0 ? place * columns - column : place * rows - row));
          }
        }
        return loss;
      };
      const bench = await open();
      const loss = bench.floats(2);
      const gradients = tensors.map(({ length }) => bench.floats(length));
      const [features, weights, bias] = tensors.map((tensor) => bench.floats(tensor));
      bench.call('offsetLoss', {
        loss,
        dfeatures: gradients[0],
        dweights: gradients[1],
        dbias: gradients[2],
        features,
        weights,
        bias,
        points: bench.floats(points),
        subjects: bench.integers(subjects),
        shares: bench.floats(shares),
        samples,
        rows,
        columns,
        channels,
        landmarks,
        places,
        axis,
      });
      expect(bench.double(loss)).toBeCloseTo(twin(...tensors), 4);
      tensors.forEach((tensor, i) => {
        const expected = slopes(
          tensor,
          (changed) => twin(...(tensors.map((other, j) => (j === i ? changed : other)) as unknown as Parameters<typeof twin>)),
          STEP,
        );
        expectClose(bench.read(gradients[i], tensor.length), expected);
      });
    });
  });
});
