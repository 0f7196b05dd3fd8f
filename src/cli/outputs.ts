// Where what is made of each picture goes: never over a picture that was given, never that of two to one file.
import { mkdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import { ArgumentError } from '../base/errors.ts';
import { PICTURES, unreadFormat } from '../image/names.ts';
import { DRAWING_FORMATS, drawingFormatOf, type DrawingFormat } from './drawing.ts';
import { OUTPUT_SUFFIX, STDIN } from './inputs.ts';

/** The files of a picture: its drawing, and what the names of all others begin with. */
export interface Outputs {
  drawing?: string;
  stem: string;
}

/**
 * Plans the files of each picture: beside it, or in the current folder for standard input, as `<name>.landmarks.png` and
 * `<name>.face1.png`. Where another picture of this run has that name or is such a file, `<name>-2.landmarks.png` and so on.
 *
 * @param pictures paths or `-`, each once
 * @param out a folder for all files, or a path ending in .png, .jpg or .svg for the drawing of a single picture; folders are made
 * @param format of the drawings; by default as `out` ends, or PNG
 * @throws ArgumentError if `out` can't be used
 */
export async function planOutputs(pictures: string[], out?: string, format?: DrawingFormat): Promise<Map<string, Required<Outputs>>> {
  const given = await Promise.all(pictures.filter((picture) => picture !== STDIN).map(identify));
  const taken = new Set(given.filter((picture) => OUTPUT_SUFFIX.test(picture)).map((picture) => picture.replace(OUTPUT_SUFFIX, '')));
  if (out !== undefined && (await isDrawing(out))) {
    const stem = out.replace(/\.\w+$/, '');
    if (pictures.length > 1) throw new ArgumentError(`--out ${out} is one file for ${pictures.length} pictures: give a folder`);
    if (format !== undefined && format !== drawingFormatOf(out))
      throw new ArgumentError(`--out ${out} doesn't end in .${format}: give another name, or leave --draw out`);
    if (given.includes(await identify(out)) || taken.has(await identify(stem)))
      throw new ArgumentError(`--out ${out} is the picture itself, or what is made of it would be: give another name`);
    await makeFolder(dirname(out), `--out ${out}`);
    return new Map([[pictures[0], { drawing: out, stem }]]);
  }
  if (out !== undefined) await makeFolder(out, `--out ${out}`);

  const plan = new Map<string, Required<Outputs>>();
  for (const picture of pictures) {
    const { dir, name } = picture === STDIN ? { dir: '', name: 'stdin' } : parse(picture);
    const numbered = (number: number) => join(out ?? dir, `${name}${number > 1 ? `-${number}` : ''}`);
    let number = 1;
    while (taken.has(await identify(numbered(number)))) number++;
    const stem = numbered(number);
    taken.add(await identify(stem));
    plan.set(picture, { drawing: `${stem}.landmarks.${format ?? 'png'}`, stem });
  }
  return plan;
}

async function isDrawing(out: string): Promise<boolean> {
  const info = await stat(out).catch(() => undefined);
  if (info?.isDirectory()) return false;
  if (drawingFormatOf(out)) return true;
  if (info !== undefined || PICTURES.test(out) || unreadFormat(out) !== undefined) {
    throw new ArgumentError(`--out ${out} is neither a folder nor a drawing: these end in .${DRAWING_FORMATS.join(', .')}`);
  }
  return false;
}

/** The same text for the same file, also through linked folders and on file systems that ignore case. */
async function identify(path: string): Promise<string> {
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  return join(folder, basename(path)).toLowerCase();
}

/** @param option for messages: `--out drawings` */
export async function makeFolder(folder: string, option: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new ArgumentError(`${option}: can't make the folder ${folder} (${(error as NodeJS.ErrnoException).code})`);
  }
}
