import { describe, test } from 'vitest';
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import { outputSize } from '../reference/convolution.ts';
import { convolution, im2col, packGemm } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { ACTIVATIONS, CHANNELS, PADDINGS, RANGES, SIZES, draw, paddingOf, randomOf, rangeOf, weightsFor } from './cases.ts';
import { describeBuilds, spread } from './sandbox.ts';

const TOLERANCE = 1e-5;

const WINDOWS = {
  size: SIZES,
  channels: CHANNELS,
  kernel: [1, 3, 5, 7],
  stride: [1, 2],
  padding: PADDINGS,
};

type Windows = { [Key in keyof typeof WINDOWS]: (typeof WINDOWS)[Key][number] };

function sliding({ size, channels, kernel, stride, padding }: Windows) {
  const [height, width] = size;
  const shape = { height, width, channels, kernel, stride, padding: paddingOf(padding, kernel) };
  const [outHeight, outWidth] = outputSize(shape);
  return { ...shape, outHeight, outWidth, pixels: outHeight * outWidth, taps: kernel * kernel };
}

const fits = (drawn: Windows) => Math.min(...outputSize(sliding(drawn))) >= 1;

/** Gaps are floats between a pixel's channels and the next pixel's; a residual gap of null means no residual. */
const CONVOLUTIONS = draw(
  200,
  {
    ...WINDOWS,
    outChannels: CHANNELS,
    activation: ACTIVATIONS,
    inGap: [0, 3],
    outGap: [0, 4, 9],
    residualGap: [null, 0, 5],
    block: [4, 8, 64],
    range: RANGES,
  },
  fits,
);

const COLUMNS = draw(100, { ...WINDOWS, range: RANGES }, fits);

describeBuilds((sandbox) => {
  describe('convolution', () => {
    test.each(CONVOLUTIONS)('%j', (drawn) => {
      const shape = { ...sliding(drawn), outChannels: drawn.outChannels, activation: drawn.activation };
      const { height, width, channels, kernel, stride, padding, outWidth, outChannels, pixels, taps } = shape;
      const random = randomOf(drawn);
      const input = uniform(random, height * width * channels, -4, 4);
      const weights = weightsFor(random, outChannels * channels * taps, channels * taps);
      const bias = uniform(random, outChannels);
      const residual = drawn.residualGap === null ? undefined : uniform(random, pixels * outChannels, -4, 4);
      const inStride = channels + drawn.inGap;
      const outStride = outChannels + drawn.outGap;
      const residualStride = residual ? outChannels + drawn.residualGap! : 0;
      const [begin, end] = rangeOf(drawn.range, pixels);

      const out = sandbox.reserve(4 * pixels * outStride);
      const pointers = sandbox.reserve(4 * (drawn.block + 3) * taps);
      sandbox.run('convolution', [out, pointers], {
        out,
        outStride,
        input: sandbox.floats(spread(input, channels, inStride)),
        inStride,
        residual: residual ? sandbox.floats(spread(residual, outChannels, residualStride)) : 0,
        residualStride,
        weights: sandbox.floats(packGemm(weights, outChannels, channels, taps)),
        bias: sandbox.floats(bias),
        zeros: sandbox.floats(new Float32Array(channels)),
        pointers,
        height,
        width,
        channels,
        kernel,
        stride,
        padding,
        outWidth,
        outChannels,
        activation: ACTIVATION_CODES[shape.activation],
        block: drawn.block,
        begin,
        end,
      });
      const expected = convolution(input, weights, bias, residual, shape);
      sandbox.expectFloats(
        out,
        spread(expected, outChannels, outStride, (pixel) => pixel >= begin && pixel < end),
        TOLERANCE,
      );
    });
  });

  describe('im2col', () => {
    test.each(COLUMNS)('%j', (drawn) => {
      const shape = sliding(drawn);
      const { height, width, channels, kernel, stride, padding, outWidth, pixels, taps } = shape;
      const input = uniform(randomOf(drawn), height * width * channels);
      const [begin, end] = rangeOf(drawn.range, pixels);
      const length = taps * channels;

      const columns = sandbox.reserve(4 * (end - begin) * length + 16);
      sandbox.run('im2col', [columns], {
        columns,
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
      sandbox.expectFloats(columns, im2col(input, shape).subarray(begin * length, end * length), 0);
    });

    test.each(COLUMNS.filter(({ range }) => range[1] === 1))('then convolution: %j', (drawn) => {
      const outChannels = 5;
      const shape = { ...sliding(drawn), outChannels, activation: 'none' } as const;
      const { height, width, channels, kernel, stride, padding, outWidth, pixels, taps } = shape;
      const random = randomOf(drawn);
      const input = uniform(random, height * width * channels, -4, 4);
      const weights = weightsFor(random, outChannels * channels * taps, channels * taps);
      const bias = uniform(random, outChannels);
      const length = taps * channels;
      const block = 8;

      const columns = sandbox.reserve(4 * pixels * length + 16);
      const out = sandbox.reserve(4 * pixels * outChannels);
      const pointers = sandbox.reserve(4 * (block + 3));
      sandbox.run('im2col', [columns], {
        columns,
        input: sandbox.floats(input),
        height,
        width,
        channels,
        kernel,
        stride,
        padding,
        outWidth,
        begin: 0,
        end: pixels,
      });
      sandbox.run('convolution', [out, pointers], {
        out,
        outStride: outChannels,
        input: columns,
        inStride: length,
        residual: 0,
        residualStride: 0,
        weights: sandbox.floats(packGemm(weights, outChannels, channels, taps)),
        bias: sandbox.floats(bias),
        zeros: sandbox.floats(new Float32Array(length)),
        pointers,
        height: 1,
        width: pixels,
        channels: length,
        kernel: 1,
        stride: 1,
        padding: 0,
        outWidth: pixels,
        outChannels,
        activation: ACTIVATION_CODES.none,
        block,
        begin: 0,
        end: pixels,
      });
      sandbox.expectFloats(out, convolution(input, weights, bias, undefined, shape), TOLERANCE);
    });
  });
});
