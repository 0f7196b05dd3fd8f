import { dirname, join } from 'node:path';
import { DataError } from '../base/errors.ts';
import { checkName, parseCoordinates } from '../base/lines.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { FORMAT_NAMES, PICTURES } from '../image/names.ts';
import { readList } from '../files/read-list.ts';
import type { Box } from '../base/types.ts';
import { filesBelow, readLines, type DatasetSource, type Face } from './face.ts';

/** A plain list, `name x0 y0 x1 y1 ...`; names start from `images`, or from the list's folder. */
export async function readPlain({ path, images = dirname(path) }: DatasetSource): Promise<Face[]> {
  return (await readList(path)).map((sample) => ({ ...sample, read: () => readImage(join(images, sample.name)) }));
}

/** A folder of pictures without landmarks, their boxes from a list (`name x0 y0 x1 y1`) or none. */
export async function readFolder({ path, boxes }: DatasetSource): Promise<Face[]> {
  if (boxes !== undefined) return (await readBoxes(boxes)).map((face) => ({ ...face, read: () => readImage(join(path, face.name)) }));
  const names = await filesBelow(path, PICTURES);
  if (names.length === 0) throw new DataError(`${path}: no pictures (${FORMAT_NAMES}) in the folder or below`);
  return names.map((name) => ({ name, source: join(path, name), read: () => readImage(join(path, name)) }));
}

/** A face that only its box is known of. */
export interface UnlabelledFace {
  /** Path of the picture below the folder of pictures. */
  name: string;
  /** Where the face stands, `list.txt:12`, for messages. */
  source: string;
  box: Box;
}

/** A list of unlabelled faces, `name x0 y0 x1 y1`. */
export async function readBoxes(list: string): Promise<UnlabelledFace[]> {
  const lines = await readLines(list);
  if (lines.length === 0) throw new DataError(`${list}: no boxes in the list: expected lines of "name x0 y0 x1 y1"`);
  return lines.map(({ words: [name, ...rest], source }) => {
    checkName(name, source);
    const [x0, y0, x1, y1] = parseCoordinates(rest, source);
    if (rest.length !== 4 || !(x1 > x0 && y1 > y0))
      throw new DataError(`${source}: ${rest.join(' ')} is no box: expected x0 y0 x1 y1 with x1 > x0 and y1 > y0`);
    return { name, source, box: { x: x0, y: y0, width: x1 - x0, height: y1 - y0 } };
  });
}
