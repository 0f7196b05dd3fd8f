// Resizing square pictures, [side, side, 3].

/**
 * Resizes by a triangle as wide as the larger of both pixels. Pixels i of `to` and j of `from` are the same place where
 * i / to = j / from, as in warp.ts. The edge is repeated.
 *
 * @param rows at least [from, to, 3]; overwritten
 */
export function resize(out: Float32Array, to: number, image: Float32Array, from: number, rows: Float32Array): void {
  // Once along the rows to [from, to, 3] as columns, then along those.
  const taps = triangleTaps(to, from);
  resizeTransposed(rows, to, image, from, from, taps);
  resizeTransposed(out, to, rows, from, to, taps);
}

interface Taps {
  first: Int32Array;
  count: number;
  /** [to, count] */
  weights: Float32Array;
}

function triangleTaps(to: number, from: number): Taps {
  const ratio = from / to;
  const reach = Math.max(ratio, 1);
  const count = Math.ceil(2 * reach) + 1;
  const first = new Int32Array(to);
  const weights = new Float32Array(to * count);
  for (let i = 0; i < to; i++) {
    const centre = i * ratio;
    first[i] = Math.ceil(centre - reach);
    let sum = 0;
    const weight = (k: number) => Math.max(0, 1 - Math.abs(first[i] + k - centre) / reach);
    for (let k = 0; k < count; k++) sum += weight(k);
    for (let k = 0; k < count; k++) weights[i * count + k] = weight(k) / sum;
  }
  return { first, count, weights };
}

/** `image` is [lines, from, 3], `out` is [to, lines, 3]. */
function resizeTransposed(
  out: Float32Array,
  to: number,
  image: Float32Array,
  from: number,
  lines: number,
  { first, count, weights }: Taps,
): void {
  for (let line = 0; line < lines; line++) {
    const row = line * from * 3;
    for (let i = 0; i < to; i++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let k = 0; k < count; k++) {
        const weight = weights[i * count + k];
        const p = row + 3 * Math.min(Math.max(first[i] + k, 0), from - 1);
        red += weight * image[p];
        green += weight * image[p + 1];
        blue += weight * image[p + 2];
      }
      const q = (i * lines + line) * 3;
      out[q] = red;
      out[q + 1] = green;
      out[q + 2] = blue;
    }
  }
}
