// Photographs with all their faces, as JSON or from landmarks; and photographs without any.
import { checkName, linesOf, MAX_COORDINATE } from '../base/lines.ts';
import { sharedArea } from '../base/boxes.ts';
import { crc32 } from '../base/crc32.ts';
import { ArgumentError, DataError } from '../base/errors.ts';
import type { DetectionSample, LabelledFace } from '../base/detection.ts';
import { finite, listOf, number, objectOf, read, text, type Rule } from '../base/options.ts';
import { parseList } from '../base/samples.ts';
import { readText } from '../files/read-text.ts';
import { PICTURES } from '../image/names.ts';
import type { Box } from '../base/types.ts';
import { filesBelow } from './face.ts';
import { faceOfLandmarks } from './face-of-landmarks.ts';

/** Scores below the first are background, from the second on faces; between them neither. */
const UNSURE = 0.3;
const CERTAIN = 0.6;

/** More faces in one picture than anyone has marked; each is compared with each. */
const MAX_FACES = 5000;

/** Share of a box inside a larger one from which on it is a part of that face. */
const NESTED = 0.6;

/** A line of JSON. */
interface Picture {
  name: string;
  faces: { box: number[]; points: number[]; score?: number }[];
}

const coordinates = listOf(number(-MAX_COORDINATE, MAX_COORDINATE), 'numbers');
const numbers =
  (count: number): Rule<number[]> =>
  (value, name) => {
    const list = coordinates(value, name);
    if (list.length === count) return list;
    throw new ArgumentError(`${name} has ${list.length} numbers instead of ${count}`);
  };
const face = objectOf<Picture['faces'][number]>({ box: numbers(4), points: numbers(10), score: finite }, ['box', 'points']);
const picture = objectOf<Picture>({ name: text, faces: listOf(face, 'faces') }, ['name', 'faces']);

/**
 * Reads a list of pictures with all their faces. Its lines are JSON such as `{"name": "a.jpg", "faces": [{"box": [x, y,
 * width, height], "points": [x, y, ... five points], "score": 0.9}]}`, or a face each, `name x0 y0 ... x67 y67`, whose box
 * and points come of the landmarks (see `faceOfLandmarks`); lines of one picture count together. Without a score a face
 * is certain; scores from 0.3 to 0.6 are neither face nor background, and so is what lies in a larger face.
 *
 * @throws DataError if the file can't be read, or with file and line for a line that can't be used
 */
export async function readDetectionList(path: string): Promise<DetectionSample[]> {
  return parseDetectionList(await readText(path, 'the list'), path);
}

/** As `readDetectionList`. @param label what messages call the list */
export function parseDetectionList(list: string, label: string): DetectionSample[] {
  const lines = linesOf(list, label);
  const samples = lines[0]?.line.startsWith('{') ? lines.map(({ line, source }) => parseLine(line, source)) : samplesOf(list, label);
  for (const { faces } of samples) {
    for (const face of faces) if (faces.some((other) => other.certain && isPart(face.box, other.box))) face.certain = false;
  }
  return samples;
}

/** The pictures of a folder and below, as without faces. @throws DataError if it can't be read or has none */
export async function listFaceless(folder: string): Promise<DetectionSample[]> {
  const names = await filesBelow(folder, PICTURES);
  if (names.length === 0) throw new DataError(`${folder}: no pictures in the folder or below`);
  return names.map((name) => ({ name, faces: [] }));
}

/**
 * Whether a picture belongs to a `share` (percent) of all pictures that is kept for measuring. Its name decides, so that
 * training and measuring agree without a list; all crops of a photograph go together (see `photographOf`).
 */
export function isHeldOut(name: string, share: number): boolean {
  return crc32(new TextEncoder().encode(photographOf(name))) % 10000 < 100 * share;
}

/**
 * The photograph that a picture shows, whole or cropped: its name without folders, extension, "train" and "test", and
 * without the face's number behind the photograph's: `helen/helen_train_151905797_1.jpg` is of `helen_151905797`.
 */
export function photographOf(name: string): string {
  return name
    .replace(/^.*[\\/]/, '')
    .replace(/\.[^.]*$/, '')
    .replace(/_(train|test)(set)?(?=_)/g, '')
    .replace(/(\d{4})_\d{1,2}$/, '$1');
}

function samplesOf(list: string, label: string): DetectionSample[] {
  const samples = new Map<string, DetectionSample>();
  for (const { name, points, source } of parseList(list, label)) {
    const sample = samples.get(name) ?? { name, faces: [] };
    sample.faces.push(faceOfLandmarks(points, source));
    samples.set(name, sample);
  }
  return [...samples.values()];
}

function parseLine(line: string, source: string): DetectionSample {
  const fail = (what: string) =>
    new DataError(
      `${source}: ${what}: expected {"name": "a.jpg", "faces": [{"box": [x, y, width, height], "points": [ten numbers], "score": 0.9}]}`,
    );
  let written: Picture;
  try {
    written = read(JSON.parse(line), 'the line', picture);
  } catch (error) {
    throw fail(error instanceof ArgumentError ? error.message : 'not JSON');
  }
  const { name, faces } = written;
  checkName(name, source);
  if (faces.length > MAX_FACES) throw fail(`${faces.length} faces are more than ${MAX_FACES}`);
  return {
    name,
    faces: faces.flatMap(({ box: [x, y, width, height], points, score = 1 }): LabelledFace[] => {
      if (!(width > 0 && height > 0)) throw fail(`a box is ${width} wide and ${height} high`);
      return score < UNSURE ? [] : [{ box: { x, y, width, height }, points, certain: score >= CERTAIN }];
    }),
  };
}

function isPart(part: Box, whole: Box): boolean {
  const area = part.width * part.height;
  if (area > 0.5 * whole.width * whole.height) return false;
  return sharedArea(part, whole) > NESTED * area;
}
