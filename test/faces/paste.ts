import type { Box, Pixels } from '../../src/base/types.ts';

export type Point = readonly [x: number, y: number];

/** A picture that holds one face, and where its landmarks are. */
export interface LabelledFace {
  pixels: Pixels;
  points: Point[];
}

const GREY = 110;

/** The box around points. */
export function boundsOf(points: readonly Point[]): Box {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** A border that cuts a face off. */
export type Side = 'left' | 'right' | 'top' | 'bottom';

/**
 * A grey square with a face in its middle, or with a tenth of it beyond one of its borders.
 *
 * @param side of the square, in pixels
 * @param fill longer side of the face's box in units of the square's
 */
export function paste({ pixels, points }: LabelledFace, side: number, fill: number, cut?: Side): LabelledFace {
  const box = boundsOf(points);
  const scale = (fill * side) / Math.max(box.width, box.height);
  const place = (length: number, before: boolean, after: boolean) => (before ? length * 0.4 : after ? side - length * 0.4 : side / 2);
  const left = place(box.width * scale, cut === 'left', cut === 'right') - (box.x + box.width / 2) * scale;
  const top = place(box.height * scale, cut === 'top', cut === 'bottom') - (box.y + box.height / 2) * scale;

  const data = new Uint8Array(side * side * 3).fill(GREY);
  const columns = taps(side, left, scale, pixels.width);
  const rows = taps(side, top, scale, pixels.height);
  const channels = pixels.data.length / (pixels.width * pixels.height);
  rows.forEach((row, y) =>
    columns.forEach((column, x) => {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const [sourceY, shareY] of row)
          for (const [sourceX, shareX] of column) {
            sum += shareY * shareX * pixels.data[(sourceY * pixels.width + sourceX) * channels + channel];
          }
        if (row.length * column.length > 0) data[(y * side + x) * 3 + channel] = Math.round(sum);
      }
    }),
  );
  return { pixels: { data, width: side, height: side }, points: points.map(([x, y]) => [x * scale + left, y * scale + top]) };
}

/** For each target pixel of a row the source pixels that it mixes, and their shares: linear, as wide as a target pixel where it shrinks. */
function taps(length: number, offset: number, scale: number, sourceLength: number): (readonly [index: number, share: number])[][] {
  const reach = Math.max(1, 1 / scale);
  return Array.from({ length }, (_, i) => {
    const centre = (i - offset) / scale;
    if (centre < 0 || centre > sourceLength - 1) return [];
    const found: [number, number][] = [];
    for (let index = Math.max(0, Math.ceil(centre - reach)); index <= Math.min(sourceLength - 1, Math.floor(centre + reach)); index++) {
      const share = 1 - Math.abs(index - centre) / reach;
      if (share > 0) found.push([index, share]);
    }
    const sum = found.reduce((total, [, share]) => total + share, 0);
    return found.map(([index, share]) => [index, share / sum] as const);
  });
}
