// One picture's way through the default command: read, looked at, and what was asked for is made of it.
import type { PipnetInfo } from '../api.ts';
import type { AlignOptions } from '../faces/align-face.ts';
import type { Box } from '../base/types.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { NO_DETECTOR } from '../pipnet.ts';
import { decodeImage, readImageBytes, readImageStream } from '../runtimes/node/decode.ts';
import { loadPipnet, type Pipnet } from '../runtimes/node/index.ts';
import { writeCrops } from './crops.ts';
import { draw, drawingFormatOf } from './drawing.ts';
import type { OutputFormat } from './formats.ts';
import { labelOf, STDIN } from './inputs.ts';
import { writeLabels } from './labels.ts';
import type { Outputs } from './outputs.ts';
import type { PictureResult } from './report.ts';

/** How faces are found, and in which formats they are written. */
export interface FindOptions {
  crops?: AlignOptions;
  model?: string;
  detector?: string;
  threshold?: number;
  detectSize?: number;
  box?: Box[];
  refine: boolean;
  threads?: number;
  format?: OutputFormat;
}

/** A picture, and the files to be written of it, if any; without `drawing` it isn't drawn. */
export interface PictureJob {
  image: string;
  outputs?: Outputs | undefined;
}

/** What looks at pictures. */
export interface Finder {
  /** Where several threads look, of one of them, as it was in the beginning. */
  info(): PipnetInfo;
  /** @throws PipnetError if the picture can't be read, or something can't be written */
  find(job: PictureJob): Promise<PictureResult>;
  dispose(): void;
}

/** Looks in this thread. */
export async function findHere(options: FindOptions): Promise<Finder> {
  const pipnet = await load(options);
  return {
    info: () => pipnet.info(),
    find: (job) => detectOne(pipnet, job, options),
    dispose: () => pipnet.dispose(),
  };
}

export function load({ model, detector, box, threads = 1 }: FindOptions): Promise<Pipnet> {
  return loadPipnet({ threads, model, detector: box ? NO_DETECTOR : detector });
}

/** @throws PipnetError if the picture can't be read, or something can't be written */
export async function detectOne(pipnet: Pipnet, { image, outputs }: PictureJob, options: FindOptions): Promise<PictureResult> {
  const label = labelOf(image);
  const bytes = await (image === STDIN ? readImageStream(process.stdin, label) : readImageBytes(image));

  const start = performance.now();
  const pixels = await decodeImage(bytes, label);
  const milliseconds = { decode: performance.now() - start, detection: 0, landmarks: 0 };
  const { threshold, detectSize, box, refine } = options;
  const faces = await pipnet.detect(pixels, {
    threshold,
    detectSize,
    boxes: box,
    refine,
    onTimes: ({ detection, landmarks }) => Object.assign(milliseconds, { detection: box ? 0 : detection, landmarks }),
  });
  const { width, height } = pixels;
  const result: PictureResult = { image, width, height, milliseconds, faces };
  if (outputs === undefined || faces.length === 0) return result;
  const { drawing, stem } = outputs;
  if (options.format === 'pts') result.labels = await writeLabels(faces, stem);
  if (drawing !== undefined) {
    await writeFileAtomic(drawing, await draw(drawingFormatOf(drawing)!, { file: bytes, pixels, label }, faces));
    result.drawing = drawing;
  }
  if (options.crops) result.crops = await writeCrops(pixels, faces, stem, options.crops);
  return result;
}
