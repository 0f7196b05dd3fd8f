import { describe, expect, test } from 'vitest';
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import { outputSize } from '../reference/convolution.ts';
import { convolutionI8, packGemmI8, quantize, quantizedBytes } from '../reference/kernels.ts';
import { asGroups } from '../reference/quantize.ts';
import { uniform } from '../reference/random.ts';
import { ACTIVATIONS, CHANNELS, RANGES, SIZES, draw, randomOf, rangeOf } from './cases.ts';
import { describeBuilds, spread } from './sandbox.ts';

const whole = (random: () => number, length: number, low: number, high: number) =>
  Float64Array.from({ length }, () => Math.floor(low + (high - low + 1) * random()));

describeBuilds((sandbox, build) => {
  const perGroup = build === 'relaxed' ? 4 : 2;

  describe('convolutionI8', () => {
    const cases = draw(150, {
      size: SIZES,
      channels: [...CHANNELS, 64],
      outChannels: CHANNELS,
      kernel: [1, 1, 3, 5],
      stride: [1, 2],
      activation: ACTIVATIONS,
      zeroPoint: [0, 64, 127],
      outGap: [0, 4],
      residualGap: [null, 0, 5],
      block: [4, 8, 64],
      range: RANGES,
    });
    test.each(cases)('%j', (drawn) => {
      const { channels, outChannels, kernel, stride, activation, zeroPoint, block } = drawn;
      const [height, width] = drawn.size;
      const shape = { height, width, channels, kernel, stride, padding: (kernel - 1) >> 1, outChannels, activation };
      const [outHeight, outWidth] = outputSize(shape);
      const pixels = outHeight * outWidth;
      const [begin, end] = rangeOf(drawn.range, pixels);
      const random = randomOf(drawn);
      const input = whole(random, height * width * channels, 0, 127);
      const weights = whole(random, outChannels * channels * kernel * kernel, -127, 127);
      const scales = uniform(random, outChannels, -0.001, 0.001);
      const bias = uniform(random, outChannels);
      const residual = drawn.residualGap === null ? undefined : uniform(random, pixels * outChannels, -4, 4);
      const outStride = outChannels + drawn.outGap;
      const residualStride = residual ? outChannels + drawn.residualGap! : 0;
      const panels = Math.ceil(outChannels / 8) * 8;
      const padded = (values: ArrayLike<number>) => Array.from({ length: panels }, (_, i) => values[i] ?? 0);

      const out = sandbox.reserve(4 * pixels * outStride);
      const pointers = sandbox.reserve(4 * (block + 3) * kernel * kernel);
      const { packed } = packGemmI8(weights, new Float64Array(outChannels).fill(1), outChannels, channels, kernel * kernel, perGroup);
      sandbox.run('convolutionI8', [out, pointers], {
        out,
        outStride,
        input: sandbox.bytes(asGroups(input, channels, perGroup)),
        residual: residual ? sandbox.floats(spread(residual, outChannels, residualStride)) : 0,
        residualStride,
        weights: sandbox.bytes(packed),
        scales: sandbox.floats(padded(scales)),
        bias: sandbox.floats(padded(bias)),
        zeros: sandbox.bytes(asGroups(new Float64Array(channels).fill(zeroPoint), channels, perGroup)),
        pointers,
        height,
        width,
        channels,
        kernel,
        stride,
        padding: shape.padding,
        outWidth,
        outChannels,
        activation: ACTIVATION_CODES[activation],
        block,
        begin,
        end,
      });
      const expected = convolutionI8(input, zeroPoint, weights, scales, bias, residual, shape);
      sandbox.expectFloats(
        out,
        spread(expected, outChannels, outStride, (pixel) => pixel >= begin && pixel < end),
        1e-5,
      );
    });
  });

  test.each(draw(60, { pixels: [1, 2, 9], channels: [...CHANNELS, 16, 24, 31, 32], gap: [0, 3], zeroPoint: [0, 63.5], range: RANGES }))(
    'quantize %j',
    (drawn) => {
      const { pixels, channels, zeroPoint } = drawn;
      const [begin, end] = rangeOf(drawn.range, pixels);
      const input = uniform(randomOf(drawn), pixels * channels, -1.5, 1.5);
      const inverseScale = 60;
      const bytes = quantizedBytes(channels, perGroup);
      const out = sandbox.reserve(pixels * bytes);
      sandbox.run('quantize', [out], {
        out,
        input: sandbox.floats(spread(input, channels, channels + drawn.gap)),
        inStride: channels + drawn.gap,
        channels,
        inverseScale,
        zeroPoint,
        begin,
        end,
      });
      sandbox.expectQuantized(out, quantize(input, inverseScale, zeroPoint), channels, perGroup, (pixel) => pixel >= begin && pixel < end);
    },
  );

  test.each(draw(40, { outChannels: CHANNELS, channels: CHANNELS, taps: [1, 9] }))('packGemmI8 %j', (drawn) => {
    const { outChannels, channels, taps } = drawn;
    const random = randomOf(drawn);
    const scales = Float32Array.from(uniform(random, outChannels, 0.001, 0.02));
    const numbers = whole(random, outChannels * channels * taps, -127, 127);
    const weights = Float32Array.from(numbers, (value, i) => value * scales[Math.floor(i / (channels * taps))]);
    const { packed, sums } = packGemmI8(weights, scales, outChannels, channels, taps, perGroup);
    const out = sandbox.reserve(packed.length);
    const sumsOut = sandbox.reserve(4 * outChannels);
    sandbox.run('packGemmI8', [out, sumsOut], {
      out,
      sums: sumsOut,
      weights: sandbox.floats(weights),
      scales: sandbox.floats(scales),
      outChannels,
      channels,
      taps,
    });
    sandbox.expectIntegers(out, new Int32Array(packed.buffer));
    sandbox.expectFloats(sumsOut, sums, 0);
  });

  test('quantizedBytes: whole groups of 4 bytes', () => {
    for (const channels of CHANNELS) expect(sandbox.functions.quantizedBytes(channels)).toBe(quantizedBytes(channels, perGroup));
  });
});
