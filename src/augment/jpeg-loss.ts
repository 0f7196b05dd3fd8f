// What JPEG takes away from a picture. No file is made: the losses are those of chroma at half the size and of the
// quantised cosine transform; the rest of the format gives everything back.
import { clampByte } from './filters.ts';

const BLOCK = 8;

/** The tables of JPEG's annex K, rows top to bottom. */
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62, 18, 22,
  37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
// biome-ignore format: the rows that differ
const CHROMINANCE = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
  ...Array<number>(32).fill(99),
];

/** libjpeg's scaling of the tables. */
function scaledTable(table: readonly number[], quality: number): Float32Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float32Array.from(table, (step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
}

/** Sides are padded to whole blocks, and to whole blocks of chroma at half the size. */
export function paddedSide(size: number): number {
  return Math.ceil(size / (2 * BLOCK)) * 2 * BLOCK;
}

/**
 * Passes a picture through JPEG's losses.
 *
 * @param image [size, size, 3], 0 to 255
 * @param quality 1 to 100, as libjpeg counts
 * @param planes 3 * paddedSide(size)² numbers; overwritten
 */
export function jpegLoss(image: Float32Array, size: number, quality: number, planes: Float32Array): void {
  const side = paddedSide(size);
  const half = side / 2;
  const luma = planes.subarray(0, side * side);
  const chroma = [planes.subarray(side * side, side * side + half * half), planes.subarray(2 * side * side, 2 * side * side + half * half)];
  for (const plane of chroma) plane.fill(0);
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      const p = (Math.min(v, size - 1) * size + Math.min(u, size - 1)) * 3;
      const [red, green, blue] = [image[p], image[p + 1], image[p + 2]];
      const y = 0.299 * red + 0.587 * green + 0.114 * blue;
      luma[v * side + u] = y - 128;
      const at = (v >> 1) * half + (u >> 1);
      chroma[0][at] += (0.564 * (blue - y)) / 4;
      chroma[1][at] += (0.713 * (red - y)) / 4;
    }
  }
  quantisePlane(luma, side, scaledTable(LUMINANCE, quality));
  for (const plane of chroma) quantisePlane(plane, half, scaledTable(CHROMINANCE, quality));
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      const y = luma[v * side + u] + 128;
      const at = (v >> 1) * half + (u >> 1);
      const [cb, cr] = [chroma[0][at], chroma[1][at]];
      const p = (v * size + u) * 3;
      image[p] = clampByte(y + 1.403 * cr);
      image[p + 1] = clampByte(y - 0.344 * cb - 0.714 * cr);
      image[p + 2] = clampByte(y + 1.773 * cb);
    }
  }
}

/** [frequency, place]: the orthonormal cosine transform of 8 values, which is also JPEG's. */
const COSINES = Float32Array.from({ length: BLOCK * BLOCK }, (_, i) => {
  const [frequency, at] = [i >> 3, i & 7];
  return Math.sqrt((frequency === 0 ? 1 : 2) / BLOCK) * Math.cos(((2 * at + 1) * frequency * Math.PI) / (2 * BLOCK));
});
const block = new Float64Array(BLOCK * BLOCK);
const turned = new Float64Array(BLOCK * BLOCK);

function quantisePlane(plane: Float32Array, side: number, table: Float32Array): void {
  for (let top = 0; top < side; top += BLOCK) {
    for (let left = 0; left < side; left += BLOCK) {
      const origin = top * side + left;
      for (let i = 0; i < BLOCK * BLOCK; i++) block[i] = plane[origin + (i >> 3) * side + (i & 7)];
      transformTransposed(turned, block, BLOCK, 1);
      transformTransposed(block, turned, BLOCK, 1);
      for (let i = 0; i < BLOCK * BLOCK; i++) block[i] = Math.round(block[i] / table[i]) * table[i];
      transformTransposed(turned, block, 1, BLOCK);
      transformTransposed(block, turned, 1, BLOCK);
      for (let i = 0; i < BLOCK * BLOCK; i++) plane[origin + (i >> 3) * side + (i & 7)] = block[i];
    }
  }
}

/** Rows of the block through the transform (steps 8, 1) or its inverse (steps 1, 8), written as columns. */
function transformTransposed(out: Float64Array, values: Float64Array, stepOut: number, stepIn: number): void {
  for (let k = 0; k < BLOCK; k++) {
    const c = k * stepOut;
    const [c0, c1, c2, c3] = [COSINES[c], COSINES[c + stepIn], COSINES[c + 2 * stepIn], COSINES[c + 3 * stepIn]];
    const [c4, c5, c6, c7] = [COSINES[c + 4 * stepIn], COSINES[c + 5 * stepIn], COSINES[c + 6 * stepIn], COSINES[c + 7 * stepIn]];
    for (let row = 0; row < BLOCK; row++) {
      const p = row * BLOCK;
      out[k * BLOCK + row] =
        c0 * values[p] +
        c1 * values[p + 1] +
        c2 * values[p + 2] +
        c3 * values[p + 3] +
        c4 * values[p + 4] +
        c5 * values[p + 5] +
        c6 * values[p + 6] +
        c7 * values[p + 7];
    }
  }
}
