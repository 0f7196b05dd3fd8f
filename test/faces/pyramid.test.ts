import { describe, expect, it } from 'vitest';
import { mergeScales, pyramidSides } from '../../src/faces/pyramid.ts';
import type { Box, ScoredBox } from '../../src/base/types.ts';

const square = (x: number, y: number, side: number, score = 0.9): ScoredBox => ({ box: { x, y, width: side, height: side }, score });
const sameFor = () => 1;
const reliable = { from: 48, to: 272 };

describe('scales of a picture', () => {
  it('go down to one at which a face may fill it', () => {
    expect(pyramidSides(1280)).toEqual([1280, 480, 180]);
    expect(pyramidSides(320)).toEqual([320]);
    expect(pyramidSides(20)).toEqual([20]);
  });

  it('cost less than a third more than the largest alone', () => {
    for (const longest of [321, 640, 1280, 4000, 8192]) {
      const pixels = pyramidSides(longest).map((side) => side ** 2);
      expect(pixels.reduce((sum, each) => sum + each) / pixels[0]).toBeLessThan(1.3);
    }
  });
});

describe('boxes of several scales', () => {
  const small = square(10, 10, 100);
  const whole = square(100, 100, 600, 0.95);
  const part = square(250, 250, 300, 0.99);
  const at = (scale: number, ...boxes: ScoredBox[]) => ({ scale, boxes });

  it("the large face is the smaller scale's, its part nobody's, a small face the larger scale's", () => {
    const merged = mergeScales([at(1, part, small), at(3 / 8, whole, square(12, 12, 96, 0.99))], sameFor, reliable);
    expect(merged).toEqual([whole, small]);
  });

  it('a box too large for its scale stays where nothing else explains it', () => {
    expect(mergeScales([at(1, part), at(3 / 8)], sameFor, reliable)).toEqual([part]);
  });

  it('what a smaller scale says of tiny faces is not asked', () => {
    expect(mergeScales([at(1), at(3 / 8, square(0, 0, 100))], sameFor, reliable)).toEqual([]);
  });

  it('of two where one lies in the other, their contents decide', () => {
    const inner = square(150, 150, 200);
    const results = [at(1, inner), at(3 / 8, whole)];
    const judge = (likely: ScoredBox) => (box: Box) => (box === likely.box ? 0.7 : 0.3);
    expect(mergeScales(results, judge(whole), reliable)).toEqual([whole]);
    expect(mergeScales(results, judge(inner), reliable)).toEqual([inner]);
  });

  it('the best come first', () => {
    const sure = square(900, 0, 100, 0.95);
    expect(mergeScales([at(1, small, sure)], sameFor, reliable)).toEqual([sure, small]);
  });
});
