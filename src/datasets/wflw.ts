import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../base/errors.ts';
import { checkName, parseCoordinates } from '../base/lines.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { readLines, type DatasetSource, type Face } from './face.ts';

/** A line: 98 landmarks, box (x0 y0 x1 y1), six attributes, name of the picture. */
const COORDINATES = 196;
const BOX = 4;
const ATTRIBUTES = 6;

/** Where the published archives put the pictures, seen from a list. */
const USUAL_PLACES = ['.', 'WFLW_images', '../WFLW_images', '../../WFLW_images'];

/** WFLW: a list `list_98pt_rect_attr_train.txt`; pictures in `WFLW_images` nearby, or in `images`. */
export async function readWflw({ path, images }: DatasetSource): Promise<Face[]> {
  const lines = await readLines(path);
  if (lines.length === 0) throw new DataError(`${path}: no faces in the list`);
  const folder = images ?? (await findImages(path, lines[0].words.at(-1) as string));
  return lines.map(({ words, source }) => {
    const expected = COORDINATES + BOX + ATTRIBUTES + 1;
    if (words.length !== expected)
      throw new DataError(`${source}: ${words.length} words where WFLW has ${expected}: 196 coordinates, box, 6 attributes, name`);
    const numbers = parseCoordinates(words.slice(0, COORDINATES + BOX), source);
    const [x0, y0, x1, y1] = numbers.subarray(COORDINATES);
    const name = words[expected - 1];
    checkName(name, source);
    return {
      name,
      source,
      points: numbers.slice(0, COORDINATES),
      box: { x: x0, y: y0, width: x1 - x0, height: y1 - y0 },
      read: () => readImage(join(folder, name)),
    };
  });
}

async function findImages(list: string, name: string): Promise<string> {
  for (const place of USUAL_PLACES) {
    const folder = join(dirname(list), place);
    if (await stat(join(folder, name)).catch(() => undefined)) return folder;
  }
  throw new DataError(`${list}: its pictures aren't in ${USUAL_PLACES.slice(1).join(', ')} beside it: name their folder with --images`);
}
