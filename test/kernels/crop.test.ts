import { describe, test } from 'vitest';
import { clamp, type CropShape } from '../reference/crop.ts';
import { cropResize } from '../reference/kernels.ts';
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

describeBuilds((sandbox) => {
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

/** First and last (exclusive) pixel that the outputs begin .. end - 1 may read in one direction, with a margin. */
function span(origin: number, step: number, begin: number, end: number, size: number, margin: number): [first: number, last: number] {
  const first = origin + begin * step;
  const last = origin + Math.max(begin, end - 1) * step;
  const low = clamp(Math.floor(Math.min(first, last)), size) - margin;
  const high = clamp(Math.floor(Math.max(first, last)) + 1, size) + margin;
  return [clamp(low, size), clamp(high, size) + 1];
}
