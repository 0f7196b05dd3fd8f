// `pipnet-wasm video`: follows the faces of a video, prints them frame by frame and draws them.
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { ArgumentError, ImageError, PipnetError } from '../base/errors.ts';
import { nextTask } from '../base/next-task.ts';
import type { Pixels } from '../base/types.ts';
import { createTracker } from '../index.ts';
import { unwritable } from '../files/write-file.ts';
import { drawFaces } from '../image/draw.ts';
import { loadPipnet } from '../runtimes/node/index.ts';
import { oneLine } from './failure.ts';
import { labelOf } from './inputs.ts';
import { detectorOption, modelOption, number, parsed, wholeNumber } from './options.ts';
import { Progress } from './progress.ts';
import { writeWhole } from './results-file.ts';
import { openDrawing, STDOUT } from './video-drawing.ts';
import { csvPrinter, jsonPrinter } from './video-formats.ts';
import { openVideo } from './video-source.ts';

interface Options {
  csv?: true;
  out?: string;
  draw?: string;
  model: string;
  detector?: string;
  threshold?: number;
  detectSize?: number;
  detectEvery?: number;
  maxFaces?: number;
  focalLength?: number;
  smooth: boolean;
  fps: number;
  limit?: number;
}

/** What shells give to what Ctrl-C has ended. */
const INTERRUPTED = 130;

const EXAMPLES = `
A line of JSON for each frame goes to standard output: frame, timestamp in milliseconds, and faces, each with the id that it has
through the whole video, box, landmarks, where it looks, and how far eyes and mouth are open. Frames that can't be read are
counted and left out; the exit code is 1 only if there is no other. Ctrl-C ends with the frame that was begun.

Examples:
  $ pipnet-wasm video frames > faces.jsonl
  $ pipnet-wasm video --csv dance.gif > faces.csv
  $ ffmpeg -i clip.mp4 -f yuv4mpegpipe - | pipnet-wasm video - > faces.jsonl
  $ ffmpeg -i clip.mp4 -f yuv4mpegpipe - | pipnet-wasm video - --draw - --out faces.jsonl | ffmpeg -i - drawn.mp4
  $ ffmpeg -i rtsp://camera/stream -c:v mjpeg -f mjpeg - | pipnet-wasm video - --limit 1000`;

/** `pipnet-wasm video`. */
export function videoCommand(): Command {
  return new Command('video')
    .description('follow the faces of a video')
    .argument('<source>', 'folder or quoted glob of frames, a Y4M, MJPEG or GIF file, or - for one of these on standard input')
    .option('--csv', 'a row for each face and frame instead of JSON')
    .option('--out <file>', 'for what is printed; with --draw - nothing is printed without it')
    .option('--draw <folder>', 'write frames with their faces drawn in, as 000000.landmarks.png and so on; -: as Y4M to standard output')
    .addOption(modelOption().default('nano'))
    .addOption(detectorOption('face detector'))
    .addOption(parsed('--threshold <score>', 'least score of a new face, 0 to 1 (default: 0.6)', number(0, 1)))
    .addOption(parsed('--detect-size <pixels>', 'longest side of the frame for the detector (default: 640)', wholeNumber(1, 8192)))
    .addOption(
      parsed('--detect-every <frames>', 'frames from one look around for new faces to the next (default: 15)', wholeNumber(1, 1e6)),
    )
    .addOption(parsed('--max-faces <n>', 'more faces are not followed (default: 50)', wholeNumber(1, 1e6)))
    .addOption(parsed('--focal-length <pixels>', "the camera's, for where faces look", number(1, 1e9)))
    .option('--no-smooth', 'landmarks as they are read, not held still')
    .addOption(parsed('--fps <n>', 'frames a second, of frames without times', number(0.001, 1e6)).default(30))
    .addOption(parsed('--limit <frames>', 'stop after so many frames', wholeNumber(1, 1e9)))
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, options: Options) => {
      const stop = new AbortController();
      // Another one ends the program at once.
      for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => stop.abort());
      try {
        await follow(source, options, stop.signal);
      } catch (error) {
        // Of a video that was cut short nothing is wrong.
        if (!stop.signal.aborted) throw error;
      }
      if (stop.signal.aborted) process.exitCode = INTERRUPTED;
    });
}

async function follow(source: string, options: Options, stop: AbortSignal): Promise<void> {
  const { out, draw, csv, fps, limit = Infinity } = options;
  if (out !== undefined && resolve(out) === resolve(source)) throw new ArgumentError(`--out ${out} is the video itself: give another name`);
  if (csv && draw === STDOUT && out === undefined)
    throw new ArgumentError('--csv and --draw -: standard output has the video, so give --out a file');
  // The decoders print remarks of their own; standard output is for results.
  console.log = () => {};
  const { model, detector, threshold, detectSize, detectEvery, maxFaces, smooth, focalLength } = options;
  const pipnet = await loadPipnet({ model, detector });
  const tracker = createTracker(pipnet, { threshold, detectSize, detectEvery, maxFaces, smooth, focalLength });
  const close = new AbortController();
  const video = await openVideo(source, fps, AbortSignal.any([stop, close.signal]));
  const write = draw === undefined ? undefined : await openDrawing(draw, video.rate);
  const output = openOutput(out, draw);
  const printer = csv ? csvPrinter(pipnet.info().landmarks) : jsonPrinter;
  for (const line of printer.begin?.() ?? []) output.write(`${line}\n`);
  const progress = new Progress(video.total && Math.min(video.total, limit), 0, 'frames');
  let count = 0;
  let drawn: Pixels | undefined;
  let failures = 0;
  let firstFailure = '';
  try {
    for await (const { timestamp, read } of video.frames) {
      if (stop.aborted) break;
      const frame = count++;
      let lines: string[];
      try {
        const pixels = await read();
        const faces = await tracker.next(pixels, timestamp);
        const { width, height } = pixels;
        lines = printer.frame({ frame, timestamp, width, height, faces });
        if (write) drawn = drawFaces(pixels, faces);
      } catch (error) {
        if (!(error instanceof PipnetError)) throw error;
        if (failures++ === 0) firstFailure = `frame ${frame}: ${error.message}`;
        lines = printer.failure(frame, error);
      }
      progress.print(lines, output);
      // In place of a frame that can't be read the one before, so that pictures and sound stay together.
      if (write && drawn) await write(frame, drawn);
      if (count >= limit) break;
      // Ctrl-C has its turn.
      await nextTask();
    }
  } finally {
    close.abort();
    progress.stop();
    output.close();
    pipnet.dispose();
  }
  if (count === 0) throw new ImageError(`${labelOf(source)} has no frames`);
  if (failures === count) throw new ImageError(`no frame could be read; ${firstFailure}`);
  if (failures > 0) console.error(oneLine(`${failures} of ${count} frames could not be read, the first of them ${firstFailure}`));
}

/** What takes the lines: standard output, a file, or nothing, where standard output has the drawn video. */
function openOutput(out: string | undefined, draw: string | undefined): { write(text: string): unknown; isTTY?: boolean; close(): void } {
  if (out === undefined) {
    const { stdout } = process;
    return { write: draw === STDOUT ? () => {} : (text) => stdout.write(text), isTTY: stdout.isTTY, close() {} };
  }
  let file: number;
  try {
    file = openSync(out, 'w');
  } catch (error) {
    throw unwritable(out, error);
  }
  return { write: (text) => writeWhole(file, out, text), close: () => closeSync(file) };
}
