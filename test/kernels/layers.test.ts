import { describe, test } from 'vitest';
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import { outputSize } from '../reference/convolution.ts';
import { averagePool, copyChannels, crelu, depthwise, maxPool, squeezeExcite, transpose } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { ACTIVATIONS, CHANNELS, PADDINGS, RANGES, SIZES, draw, paddingOf, randomOf, rangeOf, weightsFor } from './cases.ts';
import { describeBuilds, spread } from './sandbox.ts';

const TOLERANCE = 1e-5;

interface Drawn {
  size: [number, number];
  channels: number;
  kernel: number;
  stride: number;
  padding: (typeof PADDINGS)[number];
  range: [number, number];
}

/** The range is one of output rows. */
function sliding({ size, channels, kernel, stride, padding, range }: Drawn) {
  const [height, width] = size;
  const shape = { height, width, channels, kernel, stride, padding: paddingOf(padding, kernel) };
  const [outHeight, outWidth] = outputSize(shape);
  const [begin, end] = rangeOf(range, outHeight);
  const inRange = (pixel: number) => pixel >= begin * outWidth && pixel < end * outWidth;
  return { ...shape, outHeight, outWidth, begin, end, inRange };
}

const fits = (drawn: Drawn) => Math.min(...outputSize(sliding(drawn))) >= 1;

describeBuilds((sandbox) => {
  describe('depthwise', () => {
    const cases = draw(
      150,
      {
        size: SIZES,
        channels: [...CHANNELS, 4, 15, 16, 31],
        kernel: [1, 3, 5, 7],
        stride: [1, 2],
        padding: PADDINGS,
        activation: ACTIVATIONS,
        range: RANGES,
      },
      fits,
    );
    test.each(cases)('%j', (drawn) => {
      const shape = { ...sliding(drawn), activation: drawn.activation };
      const { height, width, channels, kernel, stride, padding, outHeight, outWidth, begin, end } = shape;
      const random = randomOf(drawn);
      const input = uniform(random, height * width * channels, -4, 4);
      const weights = weightsFor(random, channels * kernel * kernel, kernel * kernel);
      const bias = uniform(random, channels);

      const out = sandbox.reserve(4 * outHeight * outWidth * channels);
      sandbox.run('depthwise', [out], {
        out,
        input: sandbox.floats(input),
        weights: sandbox.floats(transpose(weights, channels, kernel * kernel)),
        bias: sandbox.floats(bias),
        height,
        width,
        channels,
        kernel,
        stride,
        padding,
        outWidth,
        activation: ACTIVATION_CODES[shape.activation],
        begin,
        end,
      });
      sandbox.expectFloats(out, spread(depthwise(input, weights, bias, shape), channels, channels, shape.inRange), TOLERANCE);
    });
  });

  describe.each([
    { kernel: 'maxPool', twin: maxPool, tolerance: 0 },
    { kernel: 'averagePool', twin: averagePool, tolerance: 1e-6 },
  ] as const)('$kernel', ({ kernel: name, twin, tolerance }) => {
    const cases = draw(
      70,
      {
        size: SIZES,
        channels: CHANNELS,
        kernel: [1, 2, 3, 5, 7],
        stride: [1, 2, 3],
        padding: ['none', 'same'] as const,
        range: RANGES,
      },
      fits,
    );
    test.each(cases)('%j', (drawn) => {
      const shape = sliding(drawn);
      const { height, width, channels, kernel, stride, padding, outHeight, outWidth, begin, end } = shape;
      // Below 0, where padding that counts as 0 would win a maximum.
      const input = uniform(randomOf(drawn), height * width * channels, -4, -1);

      const out = sandbox.reserve(4 * outHeight * outWidth * channels);
      sandbox.run(name, [out], {
        out,
        input: sandbox.floats(input),
        height,
        width,
        channels,
        kernel,
        stride,
        padding,
        outWidth,
        begin,
        end,
      });
      sandbox.expectFloats(out, spread(twin(input, shape), channels, channels, shape.inRange), tolerance);
    });
  });

  test.each(draw(30, { pixels: [1, 4, 9], channels: CHANNELS, outGap: [0, 3, 8], inGap: [0, 5] }))('copyChannels %j', (drawn) => {
    const { pixels, channels } = drawn;
    const [outStride, inStride] = [channels + drawn.outGap, channels + drawn.inGap];
    const input = uniform(randomOf(drawn), pixels * inStride);
    const out = sandbox.reserve(4 * pixels * outStride);
    sandbox.run('copyChannels', [out], { out, outStride, input: sandbox.floats(input), inStride, pixels, channels });
    sandbox.expectFloats(
      out,
      copyChannels(new Float64Array(pixels * outStride).fill(NaN), outStride, input, inStride, pixels, channels),
      0,
    );
  });

  test.each(draw(20, { pixels: [1, 4, 9], channels: CHANNELS }))('crelu %j', (drawn) => {
    const { pixels, channels } = drawn;
    const input = uniform(randomOf(drawn), pixels * channels);
    const out = sandbox.reserve(4 * pixels * 2 * channels);
    sandbox.run('crelu', [out], { out, input: sandbox.floats(input), pixels, channels });
    sandbox.expectFloats(out, crelu(input, pixels, channels), 0);
  });

  describe('squeezeExcite', () => {
    const cases = draw(60, { pixels: [1, 4, 9, 35], channels: [...CHANNELS, 16], hidden: [1, 2, 3, 8, 17], activation: ACTIVATIONS });
    test.each(cases)('%j', (drawn) => {
      const { pixels, channels, hidden, activation } = drawn;
      const random = randomOf(drawn);
      const input = uniform(random, pixels * channels, -8, 8);
      const squeeze = uniform(random, hidden * channels);
      const squeezeBias = uniform(random, hidden);
      const excite = uniform(random, channels * hidden);
      // Gates below 0, between, and above 1.
      const exciteBias = uniform(random, channels, -6, 6);

      const out = sandbox.reserve(4 * pixels * channels);
      const scratch = sandbox.reserve(4 * (2 * channels + hidden));
      sandbox.run('squeezeExcite', [out, scratch], {
        out,
        input: sandbox.floats(input),
        squeeze: sandbox.floats(squeeze),
        squeezeBias: sandbox.floats(squeezeBias),
        excite: sandbox.floats(excite),
        exciteBias: sandbox.floats(exciteBias),
        scratch,
        pixels,
        channels,
        hidden,
        activation: ACTIVATION_CODES[activation],
      });
      sandbox.expectFloats(out, squeezeExcite(input, squeeze, squeezeBias, excite, exciteBias, drawn), TOLERANCE);
    });
  });
});
