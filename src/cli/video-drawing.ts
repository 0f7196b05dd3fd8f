// Where frames with their faces drawn in go: a folder of numbered pictures, or standard output as Y4M.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError } from '../base/errors.ts';
import type { Pixels } from '../base/types.ts';
import { writeFileAtomic } from '../files/write-file.ts';
import { y4mFrame, y4mHeader, type Rate } from '../video/y4m.ts';
import { toPng } from './drawing.ts';
import { makeFolder } from './outputs.ts';

export const STDOUT = '-';

/** Writes a picture, whole or not at all. */
export type WriteDrawing = (frame: number, picture: Pixels) => Promise<void>;

const DIGITS = 6;
const VIDEO = /\.(mp4|m4v|mov|mkv|webm|avi|y4m|mjpe?g|gif)$/i;

/**
 * Opens what `--draw` names.
 *
 * @param out a folder, which is made, or `-`
 * @throws ArgumentError if it is something else
 */
export async function openDrawing(out: string, rate: Rate): Promise<WriteDrawing> {
  if (out === STDOUT) return y4mToStdout(rate);
  const isThere = (await stat(out).catch(() => undefined))?.isDirectory();
  if (!isThere && VIDEO.test(out))
    throw new ArgumentError(
      `--draw ${out} is no folder: for a video, --draw - | ffmpeg -i - ${out.endsWith('.y4m') ? '-c copy ' : ''}${out}`,
    );
  await makeFolder(out, `--draw ${out}`);
  // Named so that they are no pictures of a next run.
  return async (frame, picture) => writeFileAtomic(join(out, `${String(frame).padStart(DIGITS, '0')}.landmarks.png`), await toPng(picture));
}

function y4mToStdout(rate: Rate): WriteDrawing {
  let first: Pixels | undefined;
  return async (frame, picture) => {
    if (!first) await toStdout(y4mHeader(picture, rate));
    first ??= picture;
    const { width, height } = picture;
    if (width !== first.width || height !== first.height) {
      throw new ArgumentError(
        `frame ${frame} has ${width}x${height} pixels, those before ${first.width}x${first.height}, and a video has one size: --draw a folder`,
      );
    }
    await toStdout(y4mFrame(picture));
  };
}

/** Waits until it has been passed on, so that no frames pile up for a slow reader. Errors end the program. */
function toStdout(data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(data, (error) => {
      if (!error) resolve();
    });
  });
}
