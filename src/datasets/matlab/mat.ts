// What the readers of both formats of MATLAB files give, and what they check.
import { DataError } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';

/** Bytes that all of a file's arrays may take: COFW, pictures and all, has about half. */
export const MAX_MAT_BYTES = 2 ** 30;

/** An array of numbers or characters (as their codes). */
export interface MatArray {
  /** As MATLAB says them, rows first: two or more. */
  dims: number[];
  /** Column by column, as MATLAB stores them. */
  data: ArrayLike<number>;
}

export interface MatFile {
  /** @throws DataError if there is no such array */
  array(name: string): MatArray;
  /** Entry of a cell array. */
  cell(name: string, index: number): MatArray;
  has(name: string): boolean;
  close(): void;
}

/**
 * Runs what reads an untrusted file.
 *
 * @param format what the file should be, in words
 * @throws DataError for whatever the action throws
 */
export function guarded<T>(path: string, format: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path} is a damaged or unusual ${format} file: ${quote((error as Error).message ?? error)}`, { cause: error });
  }
}

/** @throws Error if the dimensions aren't those of so many numbers */
export function checkDims(dims: readonly number[], length: number): void {
  if (
    dims.length >= 2 &&
    dims.every((size) => Number.isInteger(size) && size >= 0) &&
    dims.reduce((product, size) => product * size, 1) === length
  )
    return;
  throw new Error(`an array holds ${length} numbers for ${dims.slice(0, 8).join(' x ')}`);
}

/** One row of a matrix. */
export function rowOf({ dims, data }: MatArray, row: number): number[] {
  return Array.from({ length: dims[1] }, (_, column) => data[column * dims[0] + row]);
}

export function textOf({ data }: MatArray): string {
  return Buffer.from(Uint16Array.from(data).buffer).toString('utf16le');
}
