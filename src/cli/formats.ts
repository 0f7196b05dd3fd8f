// How results are printed, by format: lines for people, or what programs and tools for annotating read.
import type { PipnetError } from '../base/errors.ts';
import { landmarkNames } from '../base/face-parts.ts';
import { round } from '../base/round.ts';
import { cocoOf } from '../datasets/coco.ts';
import { cvatOf } from '../datasets/cvat.ts';
import type { Face } from '../base/types.ts';
import { jsonFailure, jsonResult, textLines, type PictureResult } from './report.ts';

/** Prints results; each method gives lines. */
interface Printer {
  /** Before the first picture. */
  begin?(): string[];
  /** A picture that is done. */
  picture(result: PictureResult): string[];
  /** A picture that failed, where that is a result too; else it is said on standard error. */
  failure?(image: string, error: PipnetError): string[];
  /** After the last picture. */
  end?(): string[];
}

/** Makes the printer of faces of so many landmarks. */
const FORMATS = {
  text: () => ({ picture: textLines }),
  json: () => ({
    picture: (result) => [JSON.stringify(jsonResult(result))],
    failure: (image, error) => [JSON.stringify(jsonFailure(image, error))],
  }),
  csv: (landmarks) => ({
    begin: () => [['image', 'face', ...csvFaceColumns(landmarks)].join()],
    picture: csvLines,
  }),
  coco: (landmarks) => document((results) => JSON.stringify(cocoOf(results, landmarks))),
  cvat: () => document(cvatOf),
  // Its labels are files, of which people are told.
  pts: () => ({ picture: textLines }),
} satisfies Record<string, (landmarks: number) => Printer>;

export type OutputFormat = keyof typeof FORMATS;
export const OUTPUT_FORMATS = Object.keys(FORMATS) as OutputFormat[];

export const printerFor = (format: OutputFormat, landmarks: number): Printer => FORMATS[format](landmarks);

/** One text of all pictures. */
function document(write: (results: PictureResult[]) => string): Printer {
  const results: PictureResult[] = [];
  return {
    picture(result) {
      results.push(result);
      return [];
    },
    end: () => [write(results)],
  };
}

/** What `csvFace` has of a face of so many landmarks. */
export function csvFaceColumns(landmarks: number): string[] {
  const points = landmarkNames(landmarks).flatMap((name) => ['x', 'y', 'score'].map((column) => `${name}_${column}`));
  return ['x', 'y', 'width', 'height', 'score', 'roll', ...points];
}

export function csvFace({ box, score, roll, landmarks }: Face): number[] {
  const place = [box.x, box.y, box.width, box.height].map((value) => round(value, 2));
  const points = landmarks.flatMap(({ x, y, score }) => [round(x, 2), round(y, 2), round(score, 4)]);
  return [...place, round(score, 4), round(roll, 1), ...points];
}

/** A line per face, none of a picture without; faces count from 1. */
function csvLines({ image, faces }: PictureResult): string[] {
  return faces.map((face, i) => [csvCell(image), i + 1, ...csvFace(face)].join());
}

/** As RFC 4180 has it. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
