// MATLAB files: two formats behind one face. Up to version 7 they are MATLAB's own, version 7.3 is HDF5.
import { open } from 'node:fs/promises';
import { DataError } from '../../base/errors.ts';
import { quote } from '../../base/quote.ts';
import type { MatFile } from './mat.ts';
import { openMat5 } from './mat5.ts';
import { openMat73 } from './mat73.ts';

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
