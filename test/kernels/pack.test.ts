import { describe, test } from 'vitest';
import { copy, packGemm, transpose } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { CHANNELS, draw, randomOf } from './cases.ts';
import { describeBuilds } from './sandbox.ts';

describeBuilds((sandbox) => {
  describe('packGemm', () => {
    test.each(draw(30, { outChannels: CHANNELS, channels: CHANNELS, taps: [1, 9, 25, 49] }))('%j', (drawn) => {
      const { outChannels, channels, taps } = drawn;
      const weights = uniform(randomOf(drawn), outChannels * channels * taps);
      const expected = packGemm(weights, outChannels, channels, taps);
      const out = sandbox.reserve(4 * expected.length);
      sandbox.run('packGemm', [out], { out, weights: sandbox.floats(weights), outChannels, channels, taps });
      sandbox.expectFloats(out, expected, 0);
    });
  });

  // Places that overlap, either way, and not at all.
  test.each([
    [0, 5, 20],
    [5, 0, 20],
    [0, 30, 20],
  ])('copy to %i from %i', (to, from, count) => {
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => 3 * i);
    const block = sandbox.bytes(bytes);
    sandbox.run('copy', [block], { out: block.address + to, input: block.address + from, bytes: count });
    sandbox.expectIntegers(block, new Int32Array(copy(bytes, to, from, count).buffer));
  });

  describe('transpose', () => {
    test.each(draw(20, { rows: CHANNELS, columns: [1, 9, 25, 49] }))('%j', (drawn) => {
      const { rows, columns } = drawn;
      const input = uniform(randomOf(drawn), rows * columns);
      const out = sandbox.reserve(4 * input.length);
      sandbox.run('transpose', [out], { out, input: sandbox.floats(input), rows, columns });
      sandbox.expectFloats(out, transpose(input, rows, columns), 0);
    });
  });
});
