import type { Pixels } from '../base/types.ts';

/** A part of a picture, from the pixel `left`, `top` on: `columns` x `rows` areas of `ratio` x `ratio` pixels, 1 or more. */
export interface Part {
  left: number;
  top: number;
  columns: number;
  rows: number;
  ratio: number;
}

/** A part of a picture in RGB, its pixels the means of the areas; what lies outside of the picture is black. */
export function shrink({ data, width, height }: Pixels, { left, top, columns, rows, ratio }: Part): Pixels & { data: Uint8Array } {
  const channels = data.length / (width * height);
  const across = areas(left, columns, ratio, width);
  const down = areas(top, rows, ratio, height);
  const out = new Uint8Array(columns * rows * 3);
  const sums = new Float64Array(columns * 3);
  for (let v = 0; v < rows; v++) {
    sums.fill(0);
    for (let j = 0; j < down[v].shares.length; j++) {
      const high = down[v].shares[j];
      const row = (down[v].first + j) * width;
      for (let u = 0; u < columns; u++) {
        const { first, shares } = across[u];
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let i = 0, p = (row + first) * channels; i < shares.length; i++, p += channels) {
          red += shares[i] * data[p];
          green += shares[i] * data[p + 1];
          blue += shares[i] * data[p + 2];
        }
        sums[3 * u] += high * red;
        sums[3 * u + 1] += high * green;
        sums[3 * u + 2] += high * blue;
      }
    }
    for (let i = 0; i < sums.length; i++) out[v * sums.length + i] = Math.round(sums[i] / (ratio * ratio));
  }
  return { data: out, width: columns, height: rows };
}

/** Whole pixels below each of `count` areas in a row, as far as there are any, with the length of the part that is covered. */
function areas(start: number, count: number, ratio: number, size: number): { first: number; shares: number[] }[] {
  return Array.from({ length: count }, (_, i) => {
    const [begin, end] = [i * ratio, (i + 1) * ratio];
    // The outermost pixels may be touched by a rounding error only.
    const first = Math.max(Math.floor(begin + 1e-9), -start);
    const last = Math.min(Math.ceil(end - 1e-9), size - start);
    const shares = [];
    for (let at = first; at < last; at++) shares.push(Math.min(at + 1, end) - Math.max(at, begin));
    return { first: start + first, shares };
  });
}
