// COCO's keypoints, which most tools for annotating and training read: https://cocodataset.org/#format-data
import { dirname, join } from 'node:path';
import { ArgumentError, DataError } from '../base/errors.ts';
import { facePartsOf, landmarkNames } from '../base/face-parts.ts';
import { checkName, MAX_COORDINATE } from '../base/lines.ts';
import { listOf, objectOf, read, rule, text } from '../base/options.ts';
import { quote } from '../base/quote.ts';
import { round } from '../base/round.ts';
import { readText } from '../files/read-text.ts';
import { readImage } from '../runtimes/node/decode.ts';
import type { DatasetSource, Face, LabelledPicture } from './face.ts';

/** What a keypoint is: its place isn't known, it is hidden, it is seen. */
const UNLABELLED = 0;
const HIDDEN = 1;
const VISIBLE = 2;

const FACE_CATEGORY = 1;

/**
 * Pictures with their faces as COCO's object, whose one category names the landmarks and the lines between them. Those within
 * the picture are marked as visible: their scores don't tell what is hidden.
 *
 * @param landmarks how many a face has
 */
export function cocoOf(pictures: readonly LabelledPicture[], landmarks: number): object {
  // COCO counts landmarks in lines from 1.
  const skeleton = facePartsOf(landmarks).flatMap(({ points, closed }) =>
    points.slice(closed ? 0 : 1).map((to, i) => [points.at(closed ? i - 1 : i)! + 1, to + 1]),
  );
  const annotations = pictures.flatMap(({ width, height, faces }, picture) =>
    faces.map(({ box, score, landmarks }) => ({
      image_id: picture + 1,
      category_id: FACE_CATEGORY,
      bbox: [box.x, box.y, box.width, box.height].map((value) => round(value, 2)),
      area: round(box.width * box.height, 2),
      iscrowd: 0,
      keypoints: landmarks.flatMap(({ x, y }) => {
        const isInside = x >= -0.5 && y >= -0.5 && x <= width - 0.5 && y <= height - 0.5;
        return [round(x, 2), round(y, 2), isInside ? VISIBLE : HIDDEN];
      }),
      num_keypoints: landmarks.length,
      score: round(score, 4),
    })),
  );
  return {
    images: pictures.map(({ image, width, height }, i) => ({ id: i + 1, file_name: image, width, height })),
    annotations: annotations.map((annotation, i) => ({ id: i + 1, ...annotation })),
    categories: [{ id: FACE_CATEGORY, name: 'face', supercategory: 'person', keypoints: landmarkNames(landmarks), skeleton }],
  };
}

type Id = number | string;

/** What is read of the file. */
interface Coco {
  images: { id: Id; file_name: string }[];
  annotations: { id?: Id; image_id: Id; keypoints?: number[]; bbox?: number[] }[];
}

const isCoordinate = (value: unknown) => typeof value === 'number' && Math.abs(value) <= MAX_COORDINATE;
const id = rule<Id>('an id', (value) => typeof value === 'string' || Number.isFinite(value));
const coordinates = rule<number[]>('a list of coordinates', (value) => Array.isArray(value) && value.every(isCoordinate));
const coco = objectOf<Coco>(
  {
    images: listOf(objectOf<Coco['images'][number]>({ id, file_name: text }, ['id', 'file_name']), 'images'),
    annotations: listOf(
      objectOf<Coco['annotations'][number]>({ id, image_id: id, keypoints: coordinates, bbox: coordinates }, ['image_id']),
      'annotations',
    ),
  },
  ['images', 'annotations'],
);

/**
 * COCO keypoints: faces are annotations with keypoints, unless some of these aren't labelled. Names start from `images`, or from
 * the file's folder.
 *
 * @throws DataError for what is no such file, or an annotation of a picture that it doesn't have
 */
export async function readCoco({ path, images = dirname(path) }: DatasetSource): Promise<Face[]> {
  const { images: pictures, annotations } = parseCoco(await readText(path, 'the annotations'), path);
  const names = new Map(pictures.map(({ id, file_name }) => [id, file_name]));
  for (const name of names.values()) checkName(name, path);
  return annotations.flatMap(({ id, image_id, keypoints = [], bbox }, i): Face[] => {
    const source = `${path}: annotation ${id === undefined ? i + 1 : quote(id)}`;
    const name = names.get(image_id);
    if (name === undefined) throw new DataError(`${source}: there is no image with the id ${quote(image_id)}`);
    if (keypoints.length % 3 !== 0) throw new DataError(`${source}: ${keypoints.length} numbers are no keypoints x, y, visibility`);
    const isLabelled = keypoints.length > 0 && keypoints.every((value, i) => i % 3 !== 2 || value !== UNLABELLED);
    if (!isLabelled) return [];
    const [x, y, width, height] = bbox ?? [];
    return [
      {
        name,
        source,
        points: Float64Array.from(keypoints.filter((_, i) => i % 3 !== 2)),
        ...(width > 0 && height > 0 ? { box: { x, y, width, height } } : {}),
        read: () => readImage(join(images, name)),
      },
    ];
  });
}

function parseCoco(json: string, label: string): Coco {
  let file: unknown;
  try {
    file = JSON.parse(json);
  } catch {
    throw new DataError(`${label} is no JSON: expected COCO's keypoints, { images, annotations }`);
  }
  try {
    return read(file, 'the file', coco);
  } catch (error) {
    throw error instanceof ArgumentError ? new DataError(`${label}: ${error.message}: expected COCO's keypoints`) : error;
  }
}
