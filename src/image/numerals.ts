// Digits as lines, so that numbers look the same wherever faces are drawn and need no font.
import type { Point } from '../base/types.ts';
import { smooth, straight, type Curve } from './curves.ts';

/** Width and height of a digit in the units below, and the space from one to the next. */
const WIDTH = 4;
const HEIGHT = 6;
const SPACE = 2;

type Strokes = readonly (readonly [kind: 'straight' | 'smooth' | 'closed', ...points: [x: number, y: number][]])[];

// biome-ignore format: a digit a line
const DIGITS: readonly Strokes[] = [
  [['closed', [2, 0], [4, 1.8], [4, 4.2], [2, 6], [0, 4.2], [0, 1.8]]],
  [['straight', [0.8, 1.5], [2.4, 0], [2.4, 6]]],
  [['smooth', [0.1, 1.6], [0.7, 0.4], [2.1, 0], [3.7, 0.9], [3.4, 2.7], [0, 6]], ['straight', [0, 6], [4, 6]]],
  [['smooth', [0.2, 0.8], [2, 0], [3.7, 1.4], [1.6, 2.8]], ['smooth', [1.6, 2.8], [4, 4.3], [2, 6], [0, 5.1]]],
  [['straight', [3.1, 6], [3.1, 0], [0, 4.3], [4, 4.3]]],
  [['straight', [3.7, 0], [0.6, 0], [0.3, 2.7]], ['smooth', [0.3, 2.7], [2, 2.1], [4, 4], [2, 6], [0, 5.2]]],
  [['smooth', [3.3, 0.1], [1.2, 1.4], [0, 4], [2, 6], [4, 4.1], [2, 2.4], [0.1, 3.8]]],
  [['straight', [0, 0], [4, 0], [1.4, 6]]],
  [['closed', [2, 0], [3.6, 1.4], [2, 2.8], [0.4, 1.4]], ['closed', [2, 2.8], [4, 4.4], [2, 6], [0, 4.4]]],
  [['smooth', [0.7, 5.9], [2.8, 4.6], [4, 2], [2, 0], [0, 1.9], [2, 3.6], [3.9, 2.2]]],
];

/**
 * The lines of a whole number.
 *
 * @param corner bottom left corner of the first digit
 * @param height of a digit, in the corner's units
 */
export function numeral(number: number, corner: Point, height: number): Curve[] {
  const scale = height / HEIGHT;
  return [...String(number)].flatMap((digit, i) =>
    DIGITS[Number(digit)].map(([kind, ...points]) => {
      const placed = points.map(([x, y]) => ({
        x: corner.x + (x + i * (WIDTH + SPACE)) * scale,
        y: corner.y + (y - HEIGHT) * scale,
      }));
      return kind === 'straight' ? straight(placed) : smooth(placed, kind === 'closed');
    }),
  );
}
