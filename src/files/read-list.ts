import { readFile } from 'node:fs/promises';
import { DataError } from '../base/errors.ts';
import { parseList, type Sample } from '../base/samples.ts';

/**
 * The labelled faces of a list, see `parseList`.
 *
 * @throws DataError if the file can't be read, or for a line that can't be used
 */
export async function readList(path: string): Promise<Sample[]> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new DataError(`can't read the list ${path}: ${error.message}`, { cause: error });
  });
  return parseList(text, path);
}
