import { dirname, join } from 'node:path';
import { DataError } from '../base/errors.ts';
import { checkName } from '../base/lines.ts';
import { readImage } from '../runtimes/node/decode.ts';
import type { DatasetSource, Face } from './face.ts';
import { rowOf, textOf, type MatFile } from './matlab/mat.ts';
import { openMat } from './matlab/open.ts';

const LANDMARKS = 19;
/** The first of the permutation `ra` are for training (AFLW-Full). */
const TRAINING_FACES = 20_000;

/**
 * AFLW: `AFLWinfo_release.mat` (19 landmarks); pictures in `flickr` beside it, or in `images`.
 *
 * @throws DataError if arrays are missing or of another shape
 */
export async function readAflw({ path, images = join(dirname(path), 'flickr'), part = 'train' }: DatasetSource): Promise<Face[]> {
  const file = await openMat(path);
  try {
    return facesOf(file, path, images, part);
  } finally {
    file.close();
  }
}

function facesOf(file: MatFile, path: string, images: string, part: 'train' | 'test'): Face[] {
  const points = file.array('data');
  const boxes = file.array('bbox');
  const order = Array.from(file.array('ra').data);
  if (points.dims[1] !== 2 * LANDMARKS || boxes.dims[1] !== 4 || boxes.dims[0] !== points.dims[0]) {
    throw new DataError(`${path}: data is ${points.dims.join(' x ')} and bbox ${boxes.dims.join(' x ')}: expected n x 38 and n x 4`);
  }
  const chosen = part === 'train' ? order.slice(0, TRAINING_FACES) : order.slice(TRAINING_FACES);
  if (chosen.length === 0)
    throw new DataError(`${path}: no faces for ${part}: the first ${TRAINING_FACES} of ${order.length} are for training`);
  return chosen.map((number) => {
    // MATLAB counts from 1.
    const i = number - 1;
    if (!(i >= 0 && i < points.dims[0])) throw new DataError(`${path}: ra names face ${number} of ${points.dims[0]}`);
    const row = rowOf(points, i);
    const [x0, x1, y0, y1] = rowOf(boxes, i);
    const name = textOf(file.cell('nameList', i));
    checkName(name, `${path}: face ${number}`);
    return {
      name,
      source: `${path}: face ${number}`,
      points: Float64Array.from({ length: 2 * LANDMARKS }, (_, k) => row[(k % 2) * LANDMARKS + (k >> 1)]),
      box: { x: x0, y: y0, width: x1 - x0, height: y1 - y0 },
      read: () => readImage(join(images, name)),
    };
  });
}
