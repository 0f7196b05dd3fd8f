// MATLAB files: two formats behind one face. Up to version 7 they are MATLAB's own, version 7.3 is HDF5.
import { open } from 'node:fs/promises';
import { DataError } from '../../../errors.ts';
import { quote } from '../../../quote.ts';
import { openMat5 } from './mat5.ts';
import { openMat73 } from './mat73.ts';

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

const HDF5_SIGNATURE = '\x89HDF\r\n\x1a\n';
const MAT5_SIGNATURE = 'MATLAB 5.0 MAT-file';
/** MATLAB puts a text of its own before the HDF5 file. */
const USER_BLOCK = 512;

/** @throws DataError if the file can't be read or is no MATLAB file */
export async function openMat(path: string): Promise<MatFile> {
  const head = Buffer.alloc(USER_BLOCK + HDF5_SIGNATURE.length);
  try {
    const file = await open(path);
    await file.read(head, 0, head.length, 0).finally(() => file.close());
  } catch (error) {
    throw new DataError(`can't read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const text = head.toString('latin1');
  if (text.startsWith(MAT5_SIGNATURE)) return openMat5(path);
  if ([0, USER_BLOCK].some((at) => text.startsWith(HDF5_SIGNATURE, at))) return openMat73(path);
  throw new DataError(`${path} is no MATLAB file of version 5 to 7.3: it starts with ${quote(text.slice(0, 12))}`);
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
