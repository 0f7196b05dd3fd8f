// What is said about one picture: lines for people, an object for programs.
import { DEFAULT_DETECT_SIZE, DEFAULT_THRESHOLD, type DetectorOptions } from '../api.ts';
import { DETECTOR_NAMES } from '../base/models.ts';
import { printable } from '../base/quote.ts';
import { round } from '../base/round.ts';
import { mean } from '../base/statistics.ts';
import type { PipnetError } from '../base/errors.ts';
import type { Face } from '../base/types.ts';
import { alignColumns } from './columns.ts';
import { labelOf } from './inputs.ts';

/** What was found in a picture, and how long each step took in milliseconds. */
export interface PictureResult {
  image: string;
  width: number;
  height: number;
  milliseconds: { decode: number; detection: number; landmarks: number };
  /** Whether it was the first: engines compile the kernels while they run, so that times are longer than those of the next. */
  isFirst?: boolean;
  /** The best first. */
  faces: Face[];
  /** Path of the PNG with the faces drawn in. */
  drawing?: string;
  /** Paths of the faces' labels, in their order. */
  labels?: string[];
  /** Paths of the faces that were cut out, in their order. */
  crops?: string[];
}

/**
 * A line of `--json`: a picture's result, in pixels of the picture, degrees and milliseconds; boxes, points and landmarks
 * have two decimals, scores four, angles and times one. `image` is the path as given or found, `-` for standard input. Boxes given by
 * `--box` have score 1, and detection takes 0 ms.
 */
export interface JsonResult extends PictureResult {
  schemaVersion: 1;
}

/** A line of `--json` for a picture that failed; `name` is ImageError, ArgumentError and so on. */
export interface JsonFailure {
  schemaVersion: 1;
  image: string;
  error: { name: string; message: string };
}

export function jsonResult(result: PictureResult): JsonResult {
  const { image, width, height, milliseconds, faces, drawing, crops } = result;
  return {
    schemaVersion: 1,
    image,
    width,
    height,
    milliseconds: {
      decode: round(milliseconds.decode, 1),
      detection: round(milliseconds.detection, 1),
      landmarks: round(milliseconds.landmarks, 1),
    },
    faces: faces.map(jsonFace),
    ...(drawing === undefined ? {} : { drawing }),
    ...(crops === undefined ? {} : { crops }),
  };
}

export function jsonFace({ box, score, points, landmarks, roll }: Face): Face {
  return {
    box: { x: round(box.x, 2), y: round(box.y, 2), width: round(box.width, 2), height: round(box.height, 2) },
    score: round(score, 4),
    ...(points && { points: points.map(({ x, y }) => ({ x: round(x, 2), y: round(y, 2) })) }),
    roll: round(roll, 1),
    landmarks: landmarks.map((point) => ({ x: round(point.x, 2), y: round(point.y, 2), score: round(point.score, 4) })),
  };
}

export function jsonFailure(image: string, { name, message }: PipnetError): JsonFailure {
  return { schemaVersion: 1, image, error: { name, message } };
}

/** A headline, then a line per face: its box, the detector's score, the landmarks' mean score and how it is turned. */
export function textLines({
  image,
  width,
  height,
  milliseconds,
  isFirst,
  faces,
  labels = [],
  drawing,
  crops = [],
}: PictureResult): string[] {
  const found = ['no face found', '1 face'][faces.length] ?? `${faces.length} faces`;
  const { decode, detection, landmarks } = milliseconds;
  const times = `decode ${formatMs(decode)}, detection ${formatMs(detection)}, landmarks ${formatMs(landmarks)}${isFirst ? ' (cold)' : ''}`;
  const written = [...labels, ...(drawing === undefined ? [] : [drawing]), ...crops];
  const headline = [labelOf(image), `${width}x${height}`, found, times, ...(written.length === 0 ? [] : [`-> ${written.join(', ')}`])];
  const rows = faces.map(({ box, score, landmarks, roll }, i) => [
    `  face ${String(i + 1).padStart(String(faces.length).length)}`,
    `box ${Math.round(box.x)},${Math.round(box.y)}`,
    `${Math.round(box.width)}x${Math.round(box.height)}`,
    `score ${score.toFixed(3)}`,
    `landmarks ${mean(landmarks.map((point) => point.score)).toFixed(3)}`,
    `roll ${Math.round(roll)}°`,
  ]);
  return [printable(headline.join('  ')), ...alignColumns(rows)];
}

/** What to try where no face was found. */
export function advice(
  without: number,
  total: number,
  { threshold = DEFAULT_THRESHOLD, detectSize = DEFAULT_DETECT_SIZE, detector }: DetectorOptions & { detector?: string },
): string {
  const where = total === 1 ? 'the picture' : `${without} of ${total} pictures`;
  const other = detector === undefined ? `, another detector by --detector ${DETECTOR_NAMES[1]}` : '';
  return `no face was found in ${where}: try a --threshold below ${threshold}, for small faces a --detect-size above ${detectSize}${other}, or say where one is with --box`;
}

/** Milliseconds with one decimal below 10, whole above. */
export function formatMs(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}
