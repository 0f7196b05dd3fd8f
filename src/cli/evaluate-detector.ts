// Measures a detector on pictures whose faces are all marked.
import { join } from 'node:path';
import { ArgumentError } from '../base/errors.ts';
import { rollOf, type DetectionSample } from '../base/detection.ts';
import { isHeldOut, listFaceless, readDetectionList } from '../datasets/detection-list.ts';
import { DetectionScore, type DetectionEvaluation, type Group } from '../evaluate/detection.ts';
import { DEFAULT_DETECT_SIZE, DEFAULT_THRESHOLD } from '../api.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import { alignColumns } from './columns.ts';
import { startBar } from './progress.ts';

/** For average precision, boxes down to this score are asked for: less likely ones are too many, and decide nothing. */
const LEAST_SCORE = 0.05;

export interface DetectorOptions {
  list: string;
  images: string;
  /** Name or file. */
  detector: string;
  threshold?: number;
  detectSize?: number;
  /** Only the pictures that a training with this share, in percent, has left out. */
  heldOut?: number;
  /** Folder of pictures without faces. */
  negatives?: string;
  limit?: number;
  json?: true;
}

export async function evaluateDetector(options: DetectorOptions): Promise<void> {
  const { list, detector, threshold = DEFAULT_THRESHOLD, detectSize = DEFAULT_DETECT_SIZE, negatives } = options;
  const samples = chosen(await readDetectionList(list), list, options);
  const faceless = negatives === undefined ? [] : chosen(await listFaceless(negatives), negatives, options);
  const score = new DetectionScore(threshold);
  const curve = new DetectionScore(LEAST_SCORE);
  const empty = new DetectionScore(threshold);
  const bar = startBar('{value}/{total} pictures, {eta_formatted} left', samples.length + faceless.length);
  const pipnet = await loadPipnet({ detector });
  let ms = 0;
  try {
    for (const { name, faces } of samples) {
      const pixels = await readImage(join(options.images, name));
      const start = performance.now();
      const found = await pipnet.detectBoxes(pixels, { threshold, detectSize });
      ms += performance.now() - start;
      const truth = faces.map(({ box, points, certain }) => ({ box, certain, roll: rollOf(points) }));
      score.add(truth, found);
      curve.add(truth, await pipnet.detectBoxes(pixels, { threshold: LEAST_SCORE, detectSize }));
      bar?.increment();
    }
    for (const { name } of faceless) {
      empty.add([], await pipnet.detectBoxes(await readImage(join(negatives!, name)), { threshold, detectSize }));
      bar?.increment();
    }
  } finally {
    bar?.stop();
    pipnet.dispose();
  }
  const result = { ...score.result(), averagePrecision: curve.result().averagePrecision };
  const picturesPerSecond = (1000 * samples.length) / ms;
  const { pictures, falseAlarms } = empty.result();
  const facelessResult = negatives === undefined ? {} : { faceless: { pictures, falseAlarms } };
  if (options.json)
    return console.log(JSON.stringify({ list, detector, threshold, detectSize, picturesPerSecond, ...result, ...facelessResult }, null, 2));
  console.log(`${detector} on ${list}, score from ${threshold}, pictures up to ${detectSize} pixels`);
  for (const line of table(result, picturesPerSecond)) console.log(line);
  if (negatives !== undefined) console.log(`${falseAlarms} false alarms in ${pictures} pictures without faces`);
}

/** @throws ArgumentError if no picture is left */
function chosen(all: DetectionSample[], of: string, { heldOut, limit }: DetectorOptions): DetectionSample[] {
  const samples = all.filter(({ name }) => heldOut === undefined || isHeldOut(name, heldOut)).slice(0, limit);
  if (samples.length === 0) throw new ArgumentError(`--held-out ${heldOut} leaves none of the ${all.length} pictures of ${of}: give more`);
  return samples;
}

function table(result: DetectionEvaluation, picturesPerSecond: number): string[] {
  const percent = (part: number, all: number) => (all === 0 ? '-' : `${((100 * part) / all).toFixed(1)} %`);
  const row = ({ label, faces, found }: Group) => [label, percent(found, faces), `${found} of ${faces}`];
  const said = result.found + result.falseAlarms;
  return alignColumns(
    [
      ['recall', percent(result.found, result.faces), `${result.found} of ${result.faces}`],
      ['precision', percent(result.found, said), `${result.falseAlarms} false alarms in ${result.pictures} pictures`],
      ['average precision', percent(result.averagePrecision, 1)],
      ['pictures a second', picturesPerSecond.toFixed(1), 'without reading them'],
      ...[...result.bySize, ...result.byAngle].filter(({ faces }) => faces > 0).map(row),
    ],
    [1],
  );
}
