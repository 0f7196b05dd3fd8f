import { describe, test } from 'vitest';
import { clamp, placeOf, type AffineShape, type CropShape } from '../reference/crop.ts';
import { cropAffine, cropResize, halve } from '../reference/kernels.ts';
import { uniform } from '../reference/random.ts';
import { RANGES, draw, randomOf, rangeOf } from './cases.ts';
import { describeBuilds, spread } from './sandbox.ts';

/** First coordinates: before, on and beyond the edge of every picture here, between pixels and on them. */
const ORIGINS = [-40, -2.5, -1, -0.5, 0, 0.3, 2, 3.75, 40];

/** Pixels per output pixel: enlarging, as it is, reducing, mirrored. */
const STEPS = [0.3, 0.5, 1, 1.7, 4, -1];

const CASES = draw(250, {
  size: [
    [1, 1],
    [1, 4],
    [3, 2],
    [6, 7],
    [12, 9],
  ] as [number, number][],
  bytesPerPixel: [3, 4],
  originX: ORIGINS,
  originY: ORIGINS,
  stepX: STEPS,
  stepY: STEPS,
  outSize: [
    [1, 1],
    [1, 5],
    [4, 1],
    [6, 7],
    [8, 8],
  ] as [number, number][],
  border: ['clamp', 'zero'] as const,
  nearest: [false, true],
  reverse: [false, true],
  margin: [0, 2],
  range: RANGES,
});

const AFFINE_CASES = draw(250, {
  size: [
    [1, 1],
    [1, 4],
    [6, 7],
    [12, 9],
  ] as [number, number][],
  bytesPerPixel: [3, 4],
  originX: ORIGINS,
  originY: ORIGINS,
  stepX: STEPS,
  stepY: STEPS,
  turnX: [0, 0.4, -1.3, 2.5],
  turnY: [0, -0.4, 1.3, -2.5],
  outSize: [
    [1, 1],
    [1, 5],
    [6, 7],
  ] as [number, number][],
  border: ['clamp', 'zero'] as const,
  nearest: [false, true],
  reverse: [false, true],
  margin: [0, 2],
  rangeU: RANGES,
  rangeV: RANGES,
});

describeBuilds((sandbox) => {
  describe('cropAffine', () => {
    test.each(AFFINE_CASES)('%j', (drawn) => {
      const [height, width] = drawn.size;
      const [outHeight, outWidth] = drawn.outSize;
      const { bytesPerPixel, margin } = drawn;
      const shape: AffineShape = { ...drawn, height, width, outHeight, outWidth };
      const [beginU, endU] = rangeOf(drawn.rangeU, outWidth);
      const [beginV, endV] = rangeOf(drawn.rangeV, outHeight);
      const random = randomOf(drawn);
      const picture = Uint8Array.from({ length: height * width * bytesPerPixel }, () => Math.floor(256 * random()));
      const scale = uniform(random, 3, 0.005, 0.02);
      const shift = uniform(random, 3);
      const inRange = (pixel: number) => {
        const [u, v] = [pixel % outWidth, Math.floor(pixel / outWidth)];
        return u >= beginU && u < endU && v >= beginV && v < endV;
      };

      // What the range reads and `margin` pixels around it, cut out of the picture.
      const pixels = Array.from({ length: outHeight * outWidth }, (_, pixel) => pixel).filter(inRange);
      const places = pixels.map((pixel) => placeOf(shape, Math.floor(pixel / outWidth), pixel % outWidth));
      const [top, bottom] = bounds(
        places.map(([y]) => y),
        height,
        margin,
      );
      const [left, right] = bounds(
        places.map(([, x]) => x),
        width,
        margin,
      );
      const rows = Array.from({ length: bottom - top }, (_, row) => [
        ...picture.subarray(((top + row) * width + left) * bytesPerPixel, ((top + row) * width + right) * bytesPerPixel),
      ]);

      const out = sandbox.reserve(4 * outHeight * outWidth * 3);
      const { originX, originY, stepX, stepY, turnX, turnY } = drawn;
      sandbox.run('cropAffine', [out], {
        out,
        window: sandbox.bytes(rows.flat()),
        scale: sandbox.floats([...scale, NaN, ...shift, NaN]),
        windowX: left,
        windowY: top,
        windowWidth: right - left,
        ...{ bytesPerPixel, width, height, originX, stepX, turnX, originY, turnY, stepY, outWidth },
        reverse: Number(drawn.reverse),
        nearest: Number(drawn.nearest),
        border: drawn.border === 'clamp' ? 0 : 1,
        ...{ beginU, endU, beginV, endV },
      });
      sandbox.expectFloats(out, spread(cropAffine(picture, scale, shift, shape), 3, 3, inRange), 1e-6);
    });
  });

  describe('halve', () => {
    const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 33];
    test.each(sizes.flatMap((width) => [1, 2, 5].flatMap((height) => [3, 4].map((channels) => [width, height, channels] as const))))(
      '%i x %i pixels of %i bytes',
      (width, height, bytesPerPixel) => {
        const random = randomOf({ width, height, bytesPerPixel });
        const picture = Array.from({ length: width * height * bytesPerPixel }, () => Math.floor(256 * random()));
        const pixels = sandbox.bytes(picture);
        sandbox.run('halve', [pixels], { pixels, width, height, bytesPerPixel });
        sandbox.expectBytes(pixels, halve(picture, width, height, bytesPerPixel));
      },
    );
  });

  describe('cropResize', () => {
    test.each(CASES)('%j', (drawn) => {
      const [height, width] = drawn.size;
      const [outHeight, outWidth] = drawn.outSize;
      const { bytesPerPixel, originX, originY, stepX, stepY } = drawn;
      const shape: CropShape = { ...drawn, height, width, outHeight, outWidth };
      const [begin, end] = rangeOf(drawn.range, outHeight);
      const random = randomOf(drawn);
      const picture = Uint8Array.from({ length: height * width * bytesPerPixel }, () => Math.floor(256 * random()));
      const scale = uniform(random, 3, 0.005, 0.02);
      const shift = uniform(random, 3);

      // What the rows read and `margin` pixels around it, cut out of the picture.
      const [top, bottom] = span(originY, stepY, begin, end, height, drawn.margin);
      const [left, right] = span(originX, stepX, 0, outWidth, width, drawn.margin);
      const rows = Array.from({ length: bottom - top }, (_, row) => [
        ...picture.subarray(((top + row) * width + left) * bytesPerPixel, ((top + row) * width + right) * bytesPerPixel),
      ]);

      const out = sandbox.reserve(4 * outHeight * outWidth * 3);
      sandbox.run('cropResize', [out], {
        out,
        window: sandbox.bytes(rows.flat()),
        scale: sandbox.floats([...scale, NaN, ...shift, NaN]),
        windowX: left,
        windowY: top,
        windowWidth: right - left,
        bytesPerPixel,
        width,
        height,
        originX,
        stepX,
        originY,
        stepY,
        outWidth,
        reverse: Number(drawn.reverse),
        nearest: Number(drawn.nearest),
        border: drawn.border === 'clamp' ? 0 : 1,
        begin,
        end,
      });
      const inRange = (pixel: number) => pixel >= begin * outWidth && pixel < end * outWidth;
      sandbox.expectFloats(out, spread(cropResize(picture, scale, shift, shape), 3, 3, inRange), 1e-6);
    });
  });
});

/** First and last (exclusive) pixel around places in one direction, with a margin. */
function bounds(places: number[], size: number, margin: number): [first: number, last: number] {
  const low = clamp(Math.floor(Math.min(...places, size)), size) - margin;
  const high = clamp(Math.floor(Math.max(...places, 0)) + 1, size) + margin;
  return [clamp(low, size), clamp(high, size) + 1];
}

/** First and last (exclusive) pixel that the outputs begin .. end - 1 may read in one direction, with a margin. */
function span(origin: number, step: number, begin: number, end: number, size: number, margin: number): [first: number, last: number] {
  const first = origin + begin * step;
  const last = origin + Math.max(begin, end - 1) * step;
  return bounds([first, last], size, margin);
}
