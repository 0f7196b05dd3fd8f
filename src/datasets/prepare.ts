// A dataset in any format to what training reads: crops in one folder, and a plain list.
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArgumentError, DataError, ImageError } from '../base/errors.ts';
import { encodePng } from '../image/encode.ts';
import {
  box,
  callback,
  finite,
  listOf,
  number,
  objectOf,
  oneOf,
  path,
  read,
  readOptions,
  rule,
  text,
  wholeNumber,
  type Rule,
  type Table,
} from '../base/options.ts';
import { quote } from '../base/quote.ts';
import { readPixels } from '../base/pixels.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import type { Box, Pixels } from '../base/types.ts';
import { landmarkBox } from '../base/crop-rules.ts';
import { isLabelOffset, type LabelOffset } from '../base/label-offset.ts';
import { cropFace } from './crop-face.ts';
import { checkInside } from '../base/samples.ts';
import { encodeJpeg } from '../runtimes/node/jpeg.ts';
import type { Face } from './face.ts';

/** What `prepareFaces` takes. */
export interface PrepareOptions {
  /** Folder for `images/` and `list.txt`; made if it isn't there, and otherwise empty. */
  out: string;
  /** Side of a crop in the longer side of the landmarks' box, or of the face's box if it has no landmarks. */
  margin: number;
  /** Longest side of a crop in pixels. */
  maxSize: number;
  /** How crops are stored. */
  encoding: 'jpeg' | 'png';
  /** Finds the faces of a picture that has neither landmarks nor box. */
  detect?: ((picture: Pixels) => Promise<Box[]>) | undefined;
  /** Puts so many faces, taken evenly, into `validation.txt` instead. Default 0. */
  validation?: number | undefined;
  /** Called after each face of the dataset. */
  onProgress?: ((done: number, skipped: number) => void) | undefined;
}

/** What `prepareFaces` wrote. */
export interface Prepared {
  /** Crops that were written. */
  crops: number;
  /** How many of them are in `validation.txt`. */
  validation: number;
  /** Why faces were left out: a picture that can't be read, no face in a picture. */
  skipped: string[];
}

const MAX_SIZE = 8192;
const MAX_MARGIN = 100;

const PREPARE_OPTIONS: Table<PrepareOptions> = {
  out: path,
  margin: number(1, MAX_MARGIN),
  maxSize: wholeNumber(1, MAX_SIZE),
  encoding: oneOf('jpeg', 'png'),
  detect: callback,
  validation: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  onProgress: callback,
};

const points = rule<Float64Array>(
  'a Float64Array of x y x y ...',
  (value) => value instanceof Float64Array && value.length > 0 && value.length % 2 === 0 && value.every(Number.isFinite),
);
const numbers = listOf(finite, 'numbers');
const labelOffset: Rule<LabelOffset> = (value, name) => {
  const given = numbers(value, name);
  if (isLabelOffset(given)) return given;
  throw new ArgumentError(`${name} ${quote(given)} is not x and y in units of the crop, such as [0.0047, 0.0047]`);
};
const labelled = listOf(
  objectOf<Face>({ name: text, source: text, points, labelOffset, box, read: callback }, ['name', 'source', 'read']),
  'faces',
);

/** A face in a list. */
interface Line {
  text: string;
  labelOffset: LabelOffset | undefined;
}

/** Lines with what holds for those below it said once. */
function listOfLines(lines: readonly Line[]): string {
  return lines
    .map(({ text, labelOffset }, i) => {
      const changed = labelOffset && labelOffset.join(' ') !== lines[i - 1]?.labelOffset?.join(' ');
      return `${changed ? `# label-offset ${labelOffset.join(' ')}\n` : ''}${text}\n`;
    })
    .join('');
}

/**
 * Writes the crops of a dataset's faces and their list: `name x0 y0 x1 y1 ...`, landmarks in pixels of the crop; for
 * faces without landmarks `name x0 y0 x1 y1`, the face's box. The lists are written last: where there is one, it is whole.
 *
 * @throws DataError for landmarks outside of their picture, or if no face is left or was given
 * @throws ArgumentError if an option is unknown or out of range, or `out` isn't empty or can't be written to, such as on a full disk
 */
export async function prepareFaces(faces: readonly Face[], given: PrepareOptions): Promise<Prepared> {
  read(faces, 'faces', labelled);
  if (faces.length === 0) throw new DataError('no faces to prepare');
  const options = readOptions(given, PREPARE_OPTIONS, 'prepareFaces', ['out', 'margin', 'maxSize', 'encoding']);
  const { out, encoding, validation = 0, onProgress = () => {} } = options;
  const images = await makeEmptyFolder(out);
  const lines: Line[] = [];
  const skipped: string[] = [];
  const names = new Set<string>();
  for (const [i, face] of faces.entries()) {
    const found = await cropsOf(face, options);
    if (typeof found === 'string') skipped.push(found);
    else
      for (const { pixels, values } of found) {
        const name = freeName(face.name, encoding === 'png' ? '.png' : '.jpg', names);
        await writeFileAtomic(join(images, name), encoding === 'png' ? await encodePng(pixels) : await encodeJpeg(pixels, JPEG_QUALITY));
        lines.push({ text: `${name} ${values.map((value) => value.toFixed(2)).join(' ')}`, labelOffset: face.labelOffset });
      }
    onProgress(i + 1, skipped.length);
  }
  if (lines.length === 0) throw new DataError(`none of the ${faces.length} faces can be used; the first: ${skipped[0]}`);
  if (validation >= lines.length) throw new ArgumentError(`${validation} faces for validation leave none of ${lines.length} for training`);

  // Face i is for validation where i * validation / n steps over a whole number.
  const held = lines.map((_, i) => Math.floor(((i + 1) * validation) / lines.length) > Math.floor((i * validation) / lines.length));
  if (validation > 0) await writeFileAtomic(join(out, 'validation.txt'), listOfLines(lines.filter((_, i) => held[i])));
  await writeFileAtomic(join(out, 'list.txt'), listOfLines(lines.filter((_, i) => !held[i])));
  return { crops: lines.length, validation, skipped };
}

/** The crops of a face and the numbers of their lines, or why there are none. */
async function cropsOf(face: Face, { margin, maxSize, detect }: PrepareOptions): Promise<{ pixels: Pixels; values: number[] }[] | string> {
  let picture: Pixels;
  try {
    picture = readPixels(await face.read());
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return `${face.source}: ${error.message}`;
  }
  const { points, source } = face;
  if (points) {
    checkInside({ points, source }, picture);
    const { pixels, toCrop } = cropFace(picture, landmarkBox(points), margin, maxSize);
    return [{ pixels, values: Array.from(points, (value, i) => (i % 2 === 0 ? toCrop.x(value) : toCrop.y(value))) }];
  }
  const boxes = face.box
    ? [face.box]
    : detect
      ? read(await detect(picture), 'the answer of detect', listOf(box, 'boxes'))
      : [{ x: 0, y: 0, width: picture.width, height: picture.height }];
  if (boxes.length === 0) return `${source}: no face was found`;
  return boxes.map((box) => {
    if (box.x >= picture.width || box.y >= picture.height || box.x + box.width <= 0 || box.y + box.height <= 0) {
      throw new DataError(`${source}: its box lies outside of the picture, which is ${picture.width} x ${picture.height}`);
    }
    const { pixels, toCrop } = cropFace(picture, box, margin, maxSize);
    return { pixels, values: [toCrop.x(box.x), toCrop.y(box.y), toCrop.x(box.x + box.width), toCrop.y(box.y + box.height)] };
  });
}

/** The dataset's name in one part, as a list can hold it: `helen/trainset/1 2.png` is `helen_trainset_1_2.jpg`. */
function freeName(name: string, extension: string, taken: Set<string>): string {
  const stem = name.replace(/\.[^./\\]*$/, '').replace(/[\s/\\\p{Cc}]+/gu, '_');
  const numbered = (number: number) => `${stem}${number > 1 ? `-${number}` : ''}${extension}`;
  let number = 1;
  // Some file systems take A.jpg for a.jpg.
  while (taken.has(numbered(number).toLowerCase())) number++;
  taken.add(numbered(number).toLowerCase());
  return numbered(number);
}

const JPEG_QUALITY = 95;

/**
 * Older crops in the folder would be taken for the new list's.
 *
 * @returns the folder for the pictures; who makes it has the whole folder
 */
async function makeEmptyFolder(folder: string): Promise<string> {
  const occupied = () => new ArgumentError(`the folder ${folder} isn't empty: name a new one, or empty it first`);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ArgumentError(`can't use ${folder}: ${error.code === 'ENOTDIR' ? 'it lies in a file or is one' : error.message}`);
  });
  if (names.length > 0) throw occupied();
  const images = join(folder, 'images');
  try {
    await mkdir(folder, { recursive: true });
    await mkdir(images);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw occupied();
    throw new ArgumentError(`can't make the folder ${folder} in ${dirname(folder)}: ${code === 'ENOSPC' ? 'the disk is full' : message}`);
  }
  return images;
}
