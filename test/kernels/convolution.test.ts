import { describe, test } from 'vitest';
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import { outputSize } from '../reference/convolution.ts';
import { convolution, convolutionRows, packGemm } from '../reference/kernels.ts';
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

/** Wide ones too: tiles of which all pixels are inside, and rows that end in one. */
const ROWS = draw(
  200,
  {
    ...WINDOWS,
    size: [...SIZES, [4, 31], [3, 40], [12, 16]] as [number, number][],
    stride: [1, 2, 4],
    outChannels: CHANNELS,
    activation: ACTIVATIONS,
    outGap: [0, 4, 9],
    residualGap: [null, 0, 5],
    block: [4, 8, 64],
    range: RANGES,
  },
  fits,
);

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

  describe('convolutionRows', () => {
    test.each(ROWS)('%j', (drawn) => {
      const shape = { ...sliding(drawn), outChannels: drawn.outChannels, activation: drawn.activation };
      const { height, width, channels, kernel, stride, padding, outWidth, outChannels, pixels, taps } = shape;
      const random = randomOf(drawn);
      const input = uniform(random, height * width * channels, -4, 4);
      const weights = weightsFor(random, outChannels * channels * taps, channels * taps);
      const bias = uniform(random, outChannels);
      const residual = drawn.residualGap === null ? undefined : uniform(random, pixels * outChannels, -4, 4);
      const outStride = outChannels + drawn.outGap;
      const residualStride = residual ? outChannels + drawn.residualGap! : 0;
      const [begin, end] = rangeOf(drawn.range, pixels);

      const out = sandbox.reserve(4 * pixels * outStride);
      const pointers = sandbox.reserve(4 * (drawn.block + 3) * kernel);
      const edges = sandbox.reserve(4 * (drawn.block + 3) * taps * channels);
      sandbox.run('convolutionRows', [out, pointers, edges], {
        out,
        outStride,
        input: sandbox.floats(input),
        residual: residual ? sandbox.floats(spread(residual, outChannels, residualStride)) : 0,
        residualStride,
        weights: sandbox.floats(packGemm(weights, outChannels, channels, taps)),
        bias: sandbox.floats(bias),
        zeros: sandbox.floats(new Float32Array(kernel * channels)),
        pointers,
        edges,
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
      const expected = convolutionRows(input, weights, bias, residual, shape);
      sandbox.expectFloats(
        out,
        spread(expected, outChannels, outStride, (pixel) => pixel >= begin && pixel < end),
        TOLERANCE,
      );
    });
  });
});
