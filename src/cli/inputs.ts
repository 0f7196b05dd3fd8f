// Which pictures the arguments of the command line mean: files, folders, globs and `-` for standard input.
import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { ArgumentError } from '../base/errors.ts';
import { FORMAT_NAMES, PICTURES, unreadFormat } from '../image/names.ts';

export const STDIN = '-';

/** Ends the names of the drawings and crops that we write, which are no inputs. */
export const OUTPUT_SUFFIX = /\.(landmarks|face\d+)\.(png|jpg|svg)$/i;

/** What a picture is called in texts for people. */
export function labelOf(picture: string): string {
  return picture === STDIN ? 'standard input' : picture;
}

/**
 * Pictures in the order of the arguments, each once. Those of a folder (not of folders in it) or glob are sorted, and
 * leave out drawings and crops of our own. A missing file is kept: it gets its error when its turn comes.
 *
 * @param warn is told, in one line, of pictures in a folder or glob that are of formats that can't be read
 * @throws ArgumentError if a folder or glob has no pictures
 */
export async function findPictures(args: string[], warn: (line: string) => void = console.error): Promise<string[]> {
  const byFile = new Map<string, string>();
  for (const arg of args) {
    for (const picture of await expand(arg, warn)) {
      const file = picture === STDIN ? STDIN : resolve(picture);
      if (!byFile.has(file)) byFile.set(file, picture);
    }
  }
  return [...byFile.values()];
}

async function expand(arg: string, warn: (line: string) => void): Promise<string[]> {
  if (arg === STDIN) return [arg];
  const info = await stat(arg).catch(() => undefined);
  // A file whose name looks like a glob is a file.
  if (info ? !info.isDirectory() : !isDynamicPattern(arg)) return [arg];
  const found = info ? (await search('*', arg)).map((name) => join(arg, name)) : await search(arg.replaceAll(sep, '/'), '.');
  const files = found.filter((file) => !OUTPUT_SUFFIX.test(file));
  const pictures = files.filter((file) => PICTURES.test(file));
  const skipped = countSkipped(files);
  if (pictures.length === 0) {
    const nothing = info
      ? `folder ${arg} has no pictures (${FORMAT_NAMES}) directly inside`
      : `no picture (${FORMAT_NAMES}) matches ${arg}`;
    const ours = found.length - files.length;
    if (skipped !== undefined) throw new ArgumentError(`${nothing}, but ${skipped}: save them as JPEG or PNG`);
    throw new ArgumentError(ours === 0 ? nothing : `${nothing} but drawings or crops of our own (${ours}): name each that is to be read`);
  }
  if (skipped !== undefined) warn(`pipnet-wasm: ${arg}: skipped ${skipped}: save them as JPEG or PNG to have them read`);
  return pictures;
}

/** Names of files that match a pattern, sorted so that 2.jpg comes before 10.jpg. */
async function search(pattern: string, folder: string): Promise<string[]> {
  const files = await glob(pattern, { cwd: folder, caseSensitiveMatch: false, expandDirectories: false });
  return files.sort(new Intl.Collator('en', { numeric: true }).compare);
}

/** How many pictures of which formats there are that can't be read: `3 pictures of formats that can't be read (2 HEIC, 1 TIFF)`. */
function countSkipped(files: string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const format of files.map(unreadFormat)) if (format !== undefined) counts.set(format, (counts.get(format) ?? 0) + 1);
  if (counts.size === 0) return undefined;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const list = [...counts].map(([format, count]) => `${count} ${format}`).join(', ');
  return `${total} ${total === 1 ? 'picture of a format' : 'pictures of formats'} that can't be read (${list})`;
}
