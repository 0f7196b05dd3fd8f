import { basename } from 'node:path';
import { DataError, ImageError } from '../base/errors.ts';
import type { Pixels } from '../base/types.ts';
import type { DatasetSource, Face } from './face.ts';
import { rowOf, type MatArray, type MatFile } from './matlab/mat.ts';
import { openMat } from './matlab/open.ts';

/** x of all landmarks, y of all, then whether each is hidden. */
const LANDMARKS = 29;

/** The names' endings: Tr in the training file, T in the test file. */
const PARTS = [
  { images: 'IsTr', points: 'phisTr', boxes: 'bboxesTr', name: 'cofw_train' },
  { images: 'IsT', points: 'phisT', boxes: 'bboxesT', name: 'cofw_test' },
];

/**
 * COFW: `COFW_train_color.mat` or `COFW_test_color.mat`, which hold the pictures too. Coordinates are taken as they are,
 * like the authors do.
 *
 * @throws DataError if arrays are missing or of another shape
 */
export async function readCofw({ path }: DatasetSource): Promise<Face[]> {
  const file = await openMat(path);
  try {
    return facesOf(file, path);
  } finally {
    file.close();
  }
}

function facesOf(file: MatFile, path: string): Face[] {
  const part = PARTS.find(({ images }) => file.has(images));
  if (!part) throw new DataError(`${path} has neither IsTr nor IsT: expected COFW_train_color.mat or COFW_test_color.mat`);
  const points = file.array(part.points);
  const boxes = file.array(part.boxes);
  if (points.dims[1] < 2 * LANDMARKS || boxes.dims[1] !== 4 || boxes.dims[0] !== points.dims[0]) {
    throw new DataError(
      `${path}: ${part.points} is ${points.dims.join(' x ')} and ${part.boxes} ${boxes.dims.join(' x ')}: expected n x 87 and n x 4`,
    );
  }
  return Array.from({ length: points.dims[0] }, (_, i) => {
    const row = rowOf(points, i);
    const [x, y, width, height] = rowOf(boxes, i);
    const source = `${basename(path)}: face ${i + 1}`;
    return {
      name: `${part.name}_${String(i + 1).padStart(4, '0')}`,
      source,
      points: Float64Array.from({ length: 2 * LANDMARKS }, (_, k) => row[(k % 2) * LANDMARKS + (k >> 1)]),
      box: { x, y, width, height },
      read: () => readPicture(path, part.images, i, source),
    };
  });
}

/** Opens the file for each picture, which takes less than cutting it out: no one has to close it. */
async function readPicture(path: string, images: string, index: number, source: string): Promise<Pixels> {
  const file = await openMat(path);
  try {
    return pixelsOf(file.cell(images, index), source);
  } finally {
    file.close();
  }
}

/** Height x width, grey, or height x width x 3, both by columns. */
function pixelsOf({ dims: [height, width, channels = 1], data }: MatArray, source: string): Pixels {
  if (!(height > 0 && width > 0) || (channels !== 1 && channels !== 3) || data.length !== height * width * channels) {
    throw new ImageError(`${source}: an array of ${height} x ${width} x ${channels} is no picture`);
  }
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const plane = channels === 3 ? channel : 0;
        pixels[(y * width + x) * 3 + channel] = data[(plane * width + x) * height + y];
      }
    }
  }
  return { data: pixels, width, height };
}
