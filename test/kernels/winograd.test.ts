import { describe, test } from 'vitest';
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import { packWinograd, winograd } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { ACTIVATIONS, CHANNELS, RANGES, SIZES, draw, randomOf, rangeOf, weightsFor } from './cases.ts';
import { describeBuilds, spread } from './sandbox.ts';

/** Of the largest value; more than elsewhere, since the transforms multiply by up to 8 and subtract again. */
const TOLERANCE = 1e-4;

const PLANES = 36;
const planeBytes = (tiles: number, channels: number) => 4 * tiles * channels + 64;

describeBuilds((sandbox) => {
  describe('winograd', () => {
    const cases = draw(120, {
      size: [...SIZES, [16, 16], [17, 21]] as [number, number][],
      channels: CHANNELS,
      outChannels: CHANNELS,
      activation: ACTIVATIONS,
      inGap: [0, 3],
      outGap: [0, 4, 9],
      residualGap: [null, 0, 5],
      // Output channels of the same layer that are left to another call.
      before: [0, 0, 8],
      after: [0, 0, 9],
      block: [1, 4, 6, 8, 64],
      range: RANGES,
    });
    test.each(cases)('%j', (drawn) => {
      const { channels, outChannels, before, activation, block } = drawn;
      const layerChannels = before + outChannels + drawn.after;
      const [height, width] = drawn.size;
      const tilesPerRow = Math.ceil(width / 4);
      const [begin, end] = rangeOf(drawn.range, Math.ceil(height / 4) * tilesPerRow);
      const random = randomOf(drawn);
      const input = uniform(random, height * width * channels, -4, 4);
      const layerWeights = weightsFor(random, layerChannels * channels * 9, channels * 9);
      const weights = layerWeights.subarray(before * channels * 9, (before + outChannels) * channels * 9);
      const bias = uniform(random, outChannels);
      const residual = drawn.residualGap === null ? undefined : uniform(random, height * width * outChannels, -4, 4);
      const inStride = channels + drawn.inGap;
      const outStride = outChannels + drawn.outGap;
      const residualStride = residual ? outChannels + drawn.residualGap! : 0;

      const out = sandbox.reserve(4 * height * width * outStride);
      const packed = sandbox.floats(packWinograd(layerWeights, layerChannels, channels));
      const weightPlane = Math.ceil(layerChannels / 8) * 8 * channels;
      const scratch = sandbox.reserve(576 + PLANES * (planeBytes(block, channels) + planeBytes(block, outChannels)) + 4 * (block + 3));
      sandbox.run('winograd', [out, scratch], {
        out,
        outStride,
        input: sandbox.floats(spread(input, channels, inStride)),
        inStride,
        residual: residual ? sandbox.floats(spread(residual, outChannels, residualStride)) : 0,
        residualStride,
        weights: packed.address + 4 * before * channels,
        bias: sandbox.floats(bias),
        zeros: sandbox.floats(new Float32Array(outChannels + 7)),
        scratch,
        height,
        width,
        channels,
        outChannels,
        weightPlane,
        activation: ACTIVATION_CODES[activation],
        block,
        begin,
        end,
      });
      const tileOf = (pixel: number) => (Math.floor(pixel / width) >> 2) * tilesPerRow + ((pixel % width) >> 2);
      const inRange = (pixel: number) => tileOf(pixel) >= begin && tileOf(pixel) < end;
      const expected = winograd(input, weights, bias, residual, { height, width, channels, outChannels, activation });
      sandbox.expectFloats(out, spread(expected, outChannels, outStride, inRange), TOLERANCE);
    });
  });

  describe('packWinograd', () => {
    test.each(draw(20, { outChannels: CHANNELS, channels: CHANNELS }))('%j', (drawn) => {
      const { outChannels, channels } = drawn;
      const weights = uniform(randomOf(drawn), outChannels * channels * 9);
      const expected = packWinograd(weights, outChannels, channels);
      const out = sandbox.reserve(4 * expected.length);
      const workspace = sandbox.reserve(288);
      sandbox.run('packWinograd', [out, workspace], { out, weights: sandbox.floats(weights), workspace, outChannels, channels });
      sandbox.expectFloats(out, expected, 1e-6);
    });
  });
});
