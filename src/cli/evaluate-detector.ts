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
  /** Whose landmarks have a say in what is a face; name or file. */
  model?: string;
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
  const { list, detector, model, threshold = DEFAULT_THRESHOLD, detectSize = DEFAULT_DETECT_SIZE, negatives } = options;
  const samples = chosen(await readDetectionList(list), list, options);
  const emptyPictures = negatives === undefined ? [] : chosen(await listFaceless(negatives), negatives, options);
  const score = new DetectionScore(threshold);
  const curve = new DetectionScore(LEAST_SCORE);
  const empty = new DetectionScore(threshold);
  // What is below the threshold there was found by its landmarks.
  const [read, readEmpty] = [new DetectionScore(0), new DetectionScore(0)];
  const bar = startBar('{value}/{total} pictures, {eta_formatted} left', samples.length + emptyPictures.length);
  const pipnet = await loadPipnet({ model, detector });
  let ms = 0;
  try {
    for (const { name, faces } of samples) {
      const pixels = await readImage(join(options.images, name));
      const start = performance.now();
      const found = await pipnet.detectBoxes(pixels, { threshold, detectSize });
      ms += performance.now() - start;
      const truth = faces.map(({ box, points, certain }) => ({ box, certain, roll: rollOf(points) }));
      score.add(truth, found);
      read.add(truth, await pipnet.detect(pixels, { threshold, detectSize }));
      curve.add(truth, await pipnet.detectBoxes(pixels, { threshold: LEAST_SCORE, detectSize }));
      bar?.increment();
    }
    for (const { name } of emptyPictures) {
      const pixels = await readImage(join(negatives!, name));
      empty.add([], await pipnet.detectBoxes(pixels, { threshold, detectSize }));
      readEmpty.add([], await pipnet.detect(pixels, { threshold, detectSize }));
      bar?.increment();
    }
  } finally {
    bar?.stop();
    pipnet.dispose();
  }
  const result = { ...score.result(), averagePrecision: curve.result().averagePrecision };
  const picturesPerSecond = (1000 * samples.length) / ms;
  const { found, falseAlarms, recall, precision } = read.result();
  const withLandmarks = { found, falseAlarms, recall, precision };
  const { pictures, falseAlarms: boxes } = empty.result();
  const faceless = negatives === undefined ? undefined : { pictures, falseAlarms: boxes, withLandmarks: readEmpty.result().falseAlarms };
  if (options.json) {
    return console.log(
      JSON.stringify({ list, detector, threshold, detectSize, picturesPerSecond, ...result, withLandmarks, faceless }, null, 2),
    );
  }
  console.log(`${detector} on ${list}, score from ${threshold}, pictures up to ${detectSize} pixels`);
  for (const line of table({ ...result, withLandmarks, picturesPerSecond })) console.log(line);
  if (faceless) {
    console.log(`${boxes} false alarms in ${pictures} pictures without faces, ${faceless.withLandmarks} where landmarks have a say`);
  }
}

/** @throws ArgumentError if no picture is left */
function chosen(all: DetectionSample[], of: string, { heldOut, limit }: DetectorOptions): DetectionSample[] {
  const samples = all.filter(({ name }) => heldOut === undefined || isHeldOut(name, heldOut)).slice(0, limit);
  if (samples.length === 0) throw new ArgumentError(`--held-out ${heldOut} leaves none of the ${all.length} pictures of ${of}: give more`);
  return samples;
}

type Count = Pick<DetectionEvaluation, 'found' | 'falseAlarms'>;

function table(result: DetectionEvaluation & { withLandmarks: Count; picturesPerSecond: number }): string[] {
  const percent = (part: number, all: number) => (all === 0 ? '-' : `${((100 * part) / all).toFixed(1)} %`);
  const row = ({ label, faces, found }: Group) => [label, percent(found, faces), `${found} of ${faces}`];
  const found = ({ found }: Count) => [percent(found, result.faces), `${found} of ${result.faces}`];
  const right = ({ found, falseAlarms }: Count) => [
    percent(found, found + falseAlarms),
    `${falseAlarms} false alarms in ${result.pictures} pictures`,
  ];
  return alignColumns(
    [
      ['recall', ...found(result)],
      ['precision', ...right(result)],
      ['recall, landmarks having a say', ...found(result.withLandmarks)],
      ['precision, landmarks having a say', ...right(result.withLandmarks)],
      ['average precision', percent(result.averagePrecision, 1)],
      ['pictures a second', result.picturesPerSecond.toFixed(1), 'without reading them'],
      ...[...result.bySize, ...result.byAngle].filter(({ faces }) => faces > 0).map(row),
    ],
    [1],
  );
}
