import { describe, test } from 'vitest';
import { argMax, sparseHead } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { CHANNELS, RANGES, draw, randomOf, rangeOf } from './cases.ts';
import { describeBuilds, spread } from './sandbox.ts';

describeBuilds((sandbox) => {
  describe('argMax', () => {
    test.each(draw(40, { cellCount: [1, 2, 4, 15, 64], landmarks: [...CHANNELS, 68], levels: [1, 4, 2 ** 24] }))('%j', (drawn) => {
      const { cellCount, landmarks, levels } = drawn;
      // Few levels make ties; half of the scores are below 0.
      const map = uniform(randomOf(drawn), cellCount * landmarks).map((score) => Math.floor(score * levels) / levels);
      const { cells, scores } = argMax(map, cellCount, landmarks);
      const cellsOut = sandbox.reserve(4 * landmarks);
      const scoresOut = sandbox.reserve(4 * landmarks);
      sandbox.run('argMax', [cellsOut, scoresOut], { cells: cellsOut, scores: scoresOut, map: sandbox.floats(map), cellCount, landmarks });
      sandbox.expectIntegers(cellsOut, cells);
      sandbox.expectFloats(scoresOut, scores, 0);
    });
  });

  describe('sparseHead', () => {
    const cases = draw(50, { landmarks: [1, 5, 19], rows: [1, 2, 22], channels: [...CHANNELS, 16, 48, 100], range: RANGES });
    test.each(cases)('%j', (drawn) => {
      const { landmarks, rows, channels } = drawn;
      const cellCount = 6;
      const [begin, end] = rangeOf(drawn.range, landmarks);
      const random = randomOf(drawn);
      const features = uniform(random, cellCount * channels);
      const cells = Array.from({ length: landmarks }, () => Math.floor(random() * cellCount));
      const weights = uniform(random, landmarks * rows * channels);
      const bias = uniform(random, landmarks * rows);
      const out = sandbox.reserve(4 * landmarks * rows);
      sandbox.run('sparseHead', [out], {
        out,
        features: sandbox.floats(features),
        cells: sandbox.integers(cells),
        weights: sandbox.floats(weights),
        bias: sandbox.floats(bias),
        channels,
        rows,
        begin,
        end,
      });
      const expected = sparseHead(features, cells, weights, bias, { channels, rows });
      sandbox.expectFloats(
        out,
        spread(expected, rows, rows, (landmark) => landmark >= begin && landmark < end),
        1e-5,
      );
    });
  });
});
