/** Crops for other packages' networks. Ours has its own. */

/**
 * A square around a box's centre as floats, means of the pixels that each of its pixels covers, black outside the picture.
 *
 * @param {{ data: Uint8Array, width: number, height: number }} pixels RGBA or RGB
 * @param {{ x: number, y: number, side: number }} square upper left corner and side
 * @param {number} size pixels of the crop's side
 * @returns {Float32Array} NHWC, size x size x 3, 0 to 255
 */
export function cropSquare({ data, width, height }, { x, y, side }, size) {
  const channels = data.length / (width * height);
  const step = side / size;
  const taps = Math.max(1, Math.round(step));
  const out = new Float32Array(size * size * 3);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      for (let tap = 0; tap < taps * taps; tap++) {
        const left = x + (column + ((tap % taps) + 0.5) / taps) * step - 0.5;
        const top = y + (row + (Math.floor(tap / taps) + 0.5) / taps) * step - 0.5;
        const [x0, y0] = [Math.floor(left), Math.floor(top)];
        for (let corner = 0; corner < 4; corner++) {
          const [px, py] = [x0 + (corner & 1), y0 + (corner >> 1)];
          if (px < 0 || py < 0 || px >= width || py >= height) continue;
          const weight = (1 - Math.abs(left - px)) * (1 - Math.abs(top - py));
          for (let c = 0; c < 3; c++) out[(row * size + column) * 3 + c] += weight * data[(py * width + px) * channels + c];
        }
      }
    }
  }
  return out.map((value) => value / (taps * taps));
}

/** The square around a box's centre with `scale` times its longer side. */
export function squareAround({ x, y, width, height }, scale) {
  const side = scale * Math.max(width, height);
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, side };
}

/** Points in units of a square as pixels of the picture. */
export function toPicture(units, { x, y, side }) {
  return Float64Array.from(units, (unit, i) => (i % 2 === 0 ? x : y) + unit * side);
}
