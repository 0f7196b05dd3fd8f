import { checkName, linesOf, parseCoordinates } from './lines.ts';
import { DataError } from './errors.ts';
import { landmarkBox } from './crop-rules.ts';
import { parseLabelOffset, type LabelOffset } from './label-offset.ts';
import type { Pixels } from './types.ts';
import { quote } from './quote.ts';

/** One labelled face of a list. */
export interface Sample {
  /** Path of the picture below the list's folder of pictures, never outside of it. */
  name: string;
  /** Where the sample stands, `list.txt:12`, for messages. */
  source: string;
  /** Landmarks in pixels of the picture, x y x y ... */
  points: Float64Array;
  /** How far its labels lie from what the picture shows, where the list says so. */
  labelOffset?: LabelOffset;
}

/** What a line begins with that says where the labels below it lie. */
const OFFSET_LINE = /^# *label-offset\b/;

/**
 * Reads a list of labelled faces, one a line: `name x0 y0 x1 y1 ...`, in pixels, every line with as many landmarks.
 * Blank lines are skipped; names hold no spaces and may not lead out of the folder of pictures. A line
 * `# label-offset x y` holds for all faces below it, up to the next one, so that lists can be put one behind the other.
 *
 * @param label what messages call the list, mostly its path
 * @throws DataError that names the list and the line
 */
export function parseList(text: string, label: string): Sample[] {
  const samples: Sample[] = [];
  let stated: { labelOffset?: LabelOffset } = {};
  for (const { line, source } of linesOf(text, label)) {
    if (OFFSET_LINE.test(line)) stated = { labelOffset: parseLabelOffset(line.replace(OFFSET_LINE, ''), source) };
    else samples.push({ ...parseLine(line, source), ...stated });
  }
  checkCounts(samples);
  if (samples.length === 0) throw new DataError(`${label}: no faces in the list: expected lines of "name x0 y0 x1 y1 ..."`);
  return samples;
}

/** @throws DataError if not all faces with landmarks have as many */
export function checkCounts(faces: readonly { source: string; points?: Float64Array }[]): void {
  const first = faces.find(({ points }) => points);
  for (const { points, source } of faces) {
    if (!points || points.length === first!.points!.length) continue;
    throw new DataError(
      `${source}: ${points.length / 2} landmarks where ${first!.source} has ${first!.points!.length / 2}: every face needs the same number`,
    );
  }
}

function parseLine(line: string, source: string): Sample {
  const [name, ...numbers] = line.split(/\s+/) as [string, ...string[]];
  checkName(name, source);
  if (numbers.length === 0 || numbers.length % 2 === 1) {
    throw new DataError(
      `${source}: ${numbers.length} numbers after ${quote(name)}: landmarks are pairs x y, so an even count above 0 is needed`,
    );
  }
  const points = parseCoordinates(numbers, source);
  const { width, height } = landmarkBox(points);
  if (width < 1 || height < 1) {
    throw new DataError(
      `${source}: the landmarks span ${width} x ${height} pixels, too little for a face: are they fractions instead of pixels?`,
    );
  }
  return { name, source, points };
}

/** How far outside of its picture a landmark may lie, in sides of the landmarks' box: faces at the edge are labelled beyond it. */
const TOLERANCE = 0.5;

/** @throws DataError that names the list's line */
export function checkInside(
  { points, source }: Pick<Sample, 'points' | 'source'>,
  { width, height }: Pick<Pixels, 'width' | 'height'>,
): void {
  const box = landmarkBox(points);
  const slack = TOLERANCE * Math.max(box.width, box.height);
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    if (x >= -slack && y >= -slack && x <= width + slack && y <= height + slack) continue;
    throw new DataError(
      `${source}: landmark ${i / 2} at (${x}, ${y}) is far outside of the picture, which is ${width} x ${height}: is this the right picture, and are these its pixels?`,
    );
  }
}
