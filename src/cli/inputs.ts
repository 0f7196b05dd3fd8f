// Which pictures the arguments of the command line mean: files, folders, globs and `-` for standard input.
import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { ArgumentError } from '../errors.ts';

export const STDIN = '-';

/** Ends the names of our own drawings: they are no inputs. */
export const DRAWING_SUFFIX = '.landmarks.png';

/** What a picture is called in texts for people. */
export function labelOf(picture: string): string {
  return picture === STDIN ? 'standard input' : picture;
}

const PICTURES = /\.(jpe?g|jpe|jfif|png|bmp|dib|gif|tiff?)$/i;

/**
 * Pictures in the order of the arguments, each once. Those of a folder (not of folders in it) or glob are sorted, and
 * leave out drawings of our own. A missing file is kept: it gets its error when its turn comes.
 *
 * @throws ArgumentError if a folder or glob has no pictures
 */
export async function findPictures(args: string[]): Promise<string[]> {
  const byFile = new Map<string, string>();
  for (const arg of args) {
    for (const picture of await expand(arg)) {
      const file = picture === STDIN ? STDIN : resolve(picture);
      if (!byFile.has(file)) byFile.set(file, picture);
    }
  }
  return [...byFile.values()];
}

async function expand(arg: string): Promise<string[]> {
  if (arg === STDIN) return [arg];
  const info = await stat(arg).catch(() => undefined);
  if (info?.isDirectory()) {
    const names = await search('*', arg);
    if (names.length === 0) throw new ArgumentError(`folder ${arg} has no pictures (JPEG, PNG, BMP, GIF, TIFF) directly inside`);
    return names.map((name) => join(arg, name));
  }
  // A file whose name looks like a glob is a file.
  if (info !== undefined || !isDynamicPattern(arg)) return [arg];
  const found = await search(arg.replaceAll(sep, '/'), '.');
  if (found.length === 0) throw new ArgumentError(`no picture (JPEG, PNG, BMP, GIF, TIFF) matches ${arg}`);
  return found;
}

/** Pictures that match a pattern, sorted so that 2.jpg comes before 10.jpg. */
async function search(pattern: string, folder: string): Promise<string[]> {
  const files = await glob(pattern, { cwd: folder, caseSensitiveMatch: false, expandDirectories: false });
  return files
    .filter((file) => PICTURES.test(file) && !file.endsWith(DRAWING_SUFFIX))
    .sort(new Intl.Collator('en', { numeric: true }).compare);
}
