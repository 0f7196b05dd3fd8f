import { checkName, linesOf, parseCoordinates } from '../base/lines.ts';
import { DataError } from '../errors.ts';
import { landmarkBox } from '../faces/crop.ts';
import { quote } from '../quote.ts';

/** One labelled face of a list. */
export interface Sample {
  /** Path of the picture below the list's folder of pictures, never outside of it. */
  name: string;
  /** Where the sample stands, `list.txt:12`, for messages. */
  source: string;
  /** Landmarks in pixels of the picture, x y x y ... */
  points: Float64Array;
}

/**
 * Reads a list of labelled faces, one a line: `name x0 y0 x1 y1 ...`, in pixels, every line with as many landmarks.
 * Blank lines are skipped; names hold no spaces and may not lead out of the folder of pictures.
 *
 * @param label what messages call the list, mostly its path
 * @throws DataError that names the list and the line
 */
export function parseList(text: string, label: string): Sample[] {
  const samples: Sample[] = [];
  for (const { line, source } of linesOf(text, label)) {
    const sample = parseLine(line, source);
    const first = samples[0] ?? sample;
    if (sample.points.length !== first.points.length) {
      throw new DataError(
        `${sample.source}: ${sample.points.length / 2} landmarks where ${first.source} has ${first.points.length / 2}: every line needs the same number`,
      );
    }
    samples.push(sample);
  }
  if (samples.length === 0) throw new DataError(`${label}: no faces in the list: expected lines of "name x0 y0 x1 y1 ..."`);
  return samples;
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
