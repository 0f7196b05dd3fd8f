import { describe, test } from 'vitest';
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import { draw, randomOf } from '../kernels/cases.ts';
import { im2col, outputSize } from '../reference/convolution.ts';
import { averagePool, convolution, copyChannels, crelu, depthwise, maxPool, packGemm, transpose } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { describeBuilds, dot, expectClose, slopes } from './kernels.ts';

const SIZES = [
  [1, 1],
  [3, 4],
  [6, 5],
  [7, 8],
] as const;

interface Drawn {
  size: readonly [number, number];
  channels: number;
  kernel: number;
  stride: number;
  padding?: 'none' | 'same';
}

const sliding = ({ size: [height, width], channels, kernel, stride, padding = 'same' }: Drawn) => {
  const shape = { height, width, channels, kernel, stride, padding: padding === 'none' ? 0 : (kernel - 1) >> 1 };
  const [outHeight, outWidth] = outputSize(shape);
  return { ...shape, outHeight, outWidth, outPixels: outHeight * outWidth };
};

describeBuilds((open) => {
  describe('convolution through columns', () => {
    const cases = draw(24, { size: SIZES, channels: [4, 8, 12], kernel: [1, 3, 5], stride: [1, 2], outChannels: [1, 3, 4, 6, 9, 16] });
    test.each(cases)('%j', async (drawn) => {
      const shape = { ...sliding(drawn), outChannels: drawn.outChannels, activation: 'none' as const };
      const { height, width, channels, kernel, stride, padding, outWidth, outPixels, outChannels } = shape;
      const taps = kernel * kernel;
      const depth = taps * channels;
      const random = randomOf(drawn);
      const x = uniform(random, height * width * channels);
      const w = uniform(random, outChannels * depth);
      const dz = uniform(random, outPixels * outChannels);
      const loss = (input: ArrayLike<number>, weights: ArrayLike<number>) =>
        dot(dz, convolution(input, weights, new Float64Array(outChannels), undefined, shape));
      // [out, channel, tap] to [out, tap, channel] and back.
      const ohwi = Array.from({ length: outChannels }, (_, o) => [
        ...transpose(w.subarray(o * depth, (o + 1) * depth), channels, taps),
      ]).flat();
      const bench = await open();
      const weights = bench.floats(ohwi);

      const columns = bench.floats(outPixels * depth);
      const window = { height, width, channels, kernel, stride, padding, outWidth };
      bench.call('im2col', { columns, input: bench.floats(x), ...window, begin: 0, end: outPixels });
      expectClose(bench.read(columns, outPixels * depth), im2col(x, shape), 0);
      const dw = bench.floats(outChannels * depth);
      bench.call('weightGradient', { dw, dy: bench.floats(dz), x: columns, pixels: outPixels, outChannels, depth });
      const expected = slopes(w, (weights) => loss(x, weights));
      const expectedOhwi = Array.from({ length: outChannels }, (_, o) => [
        ...transpose(expected.subarray(o * depth, (o + 1) * depth), channels, taps),
      ]).flat();
      expectClose(bench.read(dw, outChannels * depth), expectedOhwi);

      const gradientPanels = Math.ceil(depth / 8);
      const packed = bench.floats(gradientPanels * 8 * outChannels);
      bench.call('packInputGradient', { out: packed, weights, rows: outChannels, depth, begin: 0, end: gradientPanels });
      const dcolumns = bench.floats(outPixels * depth);
      bench.call('convolution', {
        out: dcolumns,
        outStride: depth,
        input: bench.floats(dz),
        inStride: outChannels,
        residual: 0,
        residualStride: 0,
        weights: packed,
        bias: bench.floats(depth + 8),
        zeros: bench.floats(outChannels),
        pointers: bench.floats(64 + 3),
        height: 1,
        width: outPixels,
        channels: outChannels,
        kernel: 1,
        stride: 1,
        padding: 0,
        outWidth: outPixels,
        outChannels: depth,
        activation: ACTIVATION_CODES.none,
        block: 64,
        begin: 0,
        end: outPixels,
      });
      const dx = bench.floats(x.length);
      bench.call('col2im', { dx, dcolumns, height, width, channels, kernel, stride, padding, outWidth, begin: 0, end: outPixels });
      expectClose(
        bench.read(dx, x.length),
        slopes(x, (input) => loss(input, w)),
      );

      const panels = Math.ceil(outChannels / 8);
      const forward = bench.floats(panels * 8 * depth);
      bench.call('packRows', { out: forward, weights, rows: outChannels, depth, begin: 0, end: panels });
      expectClose(bench.read(forward, panels * 8 * depth), packGemm(w, outChannels, channels, taps), 1e-7);

      const sums = bench.floats(outChannels);
      bench.call('columnSums', { sums, dy: bench.floats(dz), pixels: outPixels, channels: outChannels });
      expectClose(
        bench.read(sums, outChannels),
        Array.from({ length: outChannels }, (_, o) => dz.reduce((sum, value, i) => sum + (i % outChannels === o ? value : 0), 0)),
      );
    });
  });

  describe('depthwise', () => {
    const cases = draw(24, { size: SIZES, channels: [8, 16, 24], kernel: [3, 5, 7], stride: [1, 2, 3] });
    test.each(cases)('%j', async (drawn) => {
      const shape = { ...sliding(drawn), activation: 'none' as const };
      const { height, width, channels, kernel, stride, padding, outHeight, outWidth, outPixels } = shape;
      const taps = kernel * kernel;
      const random = randomOf(drawn);
      const x = uniform(random, height * width * channels);
      const w = uniform(random, channels * taps);
      const dz = uniform(random, outPixels * channels);
      const loss = (input: ArrayLike<number>, weights: ArrayLike<number>) =>
        dot(dz, depthwise(input, weights, new Float64Array(channels), shape));
      const bench = await open();
      const weights = bench.floats(transpose(w, channels, taps));
      const gradient = bench.floats(dz);

      const dw = bench.floats(taps * channels);
      bench.call('depthwiseWeightGradient', {
        dw,
        dz: gradient,
        input: bench.floats(x),
        height,
        width,
        channels,
        kernel,
        stride,
        padding,
        outWidth,
        begin: 0,
        end: outHeight,
      });
      expectClose(
        bench.read(dw, w.length),
        transpose(
          slopes(w, (weights) => loss(x, weights)),
          channels,
          taps,
        ),
      );

      const expected = slopes(x, (input) => loss(input, w));
      const dx = bench.floats(x.length);
      bench.call('depthwiseInputGradient', {
        dx,
        dz: gradient,
        weights,
        width,
        channels,
        kernel,
        stride,
        padding,
        outHeight,
        outWidth,
        begin: 0,
        end: height,
      });
      expectClose(bench.read(dx, x.length), expected);
      if (stride > 1) return;
      const turned = bench.floats(w.length);
      bench.call('reverseTaps', { out: turned, weights, taps, channels });
      const same = bench.floats(x.length);
      bench.call('depthwise', {
        out: same,
        input: gradient,
        weights: turned,
        bias: bench.floats(channels),
        height: outHeight,
        width: outWidth,
        channels,
        kernel,
        stride: 1,
        padding: kernel - 1 - padding,
        outWidth: width,
        activation: ACTIVATION_CODES.none,
        begin: 0,
        end: height,
      });
      expectClose(bench.read(same, x.length), expected);
    });
  });

  describe('pools', () => {
    const cases = draw(
      24,
      { size: SIZES, channels: [4, 8], kernel: [1, 2, 3, 5], stride: [1, 2, 3], padding: ['none', 'same'] as const },
      (drawn) => Math.min(...outputSize(sliding(drawn))) > 0,
    );
    test.each(cases)('%j', async (drawn) => {
      const shape = sliding(drawn);
      const { height, width, channels, kernel, stride, padding, outHeight, outWidth, outPixels } = shape;
      const random = randomOf(drawn);
      const x = uniform(random, height * width * channels);
      const dy = uniform(random, outPixels * channels);
      const bench = await open();
      const window = { height, width, channels, kernel, stride, padding, outHeight, outWidth };
      const [xs, dys] = [bench.floats(x), bench.floats(dy)];
      const dx = bench.floats(x.length);
      bench.call('maxPoolBackward', { dx, dy: dys, x: xs, y: bench.floats(maxPool(x, shape)), ...window });
      expectClose(
        bench.read(dx, x.length),
        slopes(x, (input) => dot(dy, maxPool(input, shape)), 1e-6),
      );

      const averaged = bench.floats(x);
      bench.call('averagePoolBackward', { dx: averaged, dy: dys, ...window });
      const expected = slopes(x, (input) => dot(dy, averagePool(input, shape)));
      expectClose(
        bench.read(averaged, x.length),
        expected.map((slope, i) => x[i] + slope),
      );
    });
  });

  test.each(draw(12, { pixels: [1, 5], channels: [4, 8, 12], gap: [0, 4] }))('channels %j', async (drawn) => {
    const { pixels, channels, gap } = drawn;
    const random = randomOf(drawn);
    const stride = channels + gap;
    const [x, wide] = [uniform(random, pixels * channels), uniform(random, pixels * stride)];
    const bench = await open();
    const sum = bench.floats(x);
    bench.call('addChannels', { out: sum, outStride: channels, input: bench.floats(wide), inStride: stride, pixels, channels });
    const copied = copyChannels(new Float64Array(x.length), channels, wide, stride, pixels, channels);
    expectClose(
      bench.read(sum, x.length),
      copied.map((value, i) => value + x[i]),
      1e-7,
    );

    const dy = uniform(random, 2 * pixels * channels);
    const dx = bench.floats(x);
    bench.call('creluBackward', { dx, dy: bench.floats(dy), x: bench.floats(x), pixels, channels });
    expectClose(
      bench.read(dx, x.length),
      slopes(x, (input) => dot(dy, crelu(input, pixels, channels)), 1e-6).map((slope, i) => slope + x[i]),
    );
  });
});
