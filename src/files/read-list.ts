import { parseList, type Sample } from '../base/samples.ts';
import { readText } from '../files/read-text.ts';

/**
 * The labelled faces of a list, see `parseList`.
 *
 * @throws DataError if the file can't be read, or for a line that can't be used
 */
export async function readList(path: string): Promise<Sample[]> {
  return parseList(await readText(path, 'the list'), path);
}
