/** Learned numbers of one layer: `data` is row-major, as many as the product of `shape` (1 for the empty shape). */
export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** How numbers are stored in a model file; in memory they are float32. */
export const DTYPES = ['f32', 'f16', 'i8'] as const;
export type Dtype = (typeof DTYPES)[number];

/** More dimensions than any tensor of ours has; bounds what a hostile file may declare. */
const MAX_DIMENSIONS = 8;

/** Number of elements of a shape; NaN where `shape` is no list of sizes, or its product no exact integer. */
export function elementCount(shape: unknown): number {
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS) return NaN;
  let count = 1;
  for (const size of shape as unknown[]) {
    if (!Number.isSafeInteger(size) || (size as number) < 0) return NaN;
    count *= size as number;
    if (!Number.isSafeInteger(count)) return NaN;
  }
  return count;
}
