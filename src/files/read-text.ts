import { readFile } from 'node:fs/promises';
import { DataError } from '../base/errors.ts';

/**
 * A file of text.
 *
 * @param what it is, such as `the list`, for messages
 * @throws DataError if it can't be read
 */
export async function readText(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new DataError(`can't read ${what} ${path}: ${error.message}`, { cause: error });
  });
}
