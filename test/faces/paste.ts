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

/**
 * A picture turned about its middle, clockwise; what comes from outside of it is grey.
 *
 * @param degrees any angle
 */
export function turn({ pixels, points }: LabelledFace, degrees: number): LabelledFace {
  const { data, width, height } = pixels;
  const channels = data.length / (width * height);
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const turned = new Uint8Array(width * height * 3);
  const at = (x: number, y: number, channel: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? GREY : data[(y * width + x) * channels + channel];
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      // Quarter turns stay exact.
      const x = Number((middleX + cos * (u - middleX) + sin * (v - middleY)).toFixed(6));
      const y = Number((middleY - sin * (u - middleX) + cos * (v - middleY)).toFixed(6));
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [right, below] = [x - left, y - top];
      for (let channel = 0; channel < 3; channel++) {
        const upper = (1 - right) * at(left, top, channel) + right * at(left + 1, top, channel);
        const lower = (1 - right) * at(left, top + 1, channel) + right * at(left + 1, top + 1, channel);
        turned[(v * width + u) * 3 + channel] = Math.round((1 - below) * upper + below * lower);
      }
    }
  }
  return {
    pixels: { data: turned, width, height },
    points: points.map(([x, y]) => [
      middleX + cos * (x - middleX) - sin * (y - middleY),
      middleY + sin * (x - middleX) + cos * (y - middleY),
    ]),
  };
}

/** The upright box around a face that lay in a box of a picture before that was turned, as detectors are taught it: around the ellipse. */
export function turnBox({ x, y, width, height }: Box, { width: columns, height: rows }: Pixels, degrees: number): Box {
  const radians = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  const [dx, dy] = [x + width / 2 - (columns - 1) / 2, y + height / 2 - (rows - 1) / 2];
  const [halfWidth, halfHeight] = [Math.hypot(cos * width, sin * height) / 2, Math.hypot(sin * width, cos * height) / 2];
  const [middleX, middleY] = [(columns - 1) / 2 + cos * dx - sin * dy, (rows - 1) / 2 + sin * dx + cos * dy];
  return { x: middleX - halfWidth, y: middleY - halfHeight, width: 2 * halfWidth, height: 2 * halfHeight };
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
