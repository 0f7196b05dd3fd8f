// Photographs in memory for a detector's training.
import { ImageError } from '../base/errors.ts';
import type { Pixels } from '../base/types.ts';
import { shrink } from '../image/shrink.ts';
import { readImage } from '../runtimes/node/decode.ts';
import type { ScenePicture } from './scene.ts';

type Level = ScenePicture['levels'][number];

/** Decodes a picture into memory that threads share; says why where it can't be read. */
export async function loadLevels(file: string): Promise<ScenePicture['levels'] | string> {
  let picture: Pixels;
  try {
    picture = await readImage(file);
  } catch (error) {
    if (error instanceof ImageError) return error.message;
    throw error;
  }
  let level = levelOf(picture, 1);
  const levels = [level];
  while (Math.min(level.width, level.height) >= 32) levels.push((level = levelOf(level, 2)));
  return levels;
}

/** A picture in RGB, its pixels the means of `ratio` x `ratio`; those left over at the right and below are left out. */
function levelOf(picture: Pixels, ratio: number): Level {
  const [columns, rows] = [Math.floor(picture.width / ratio), Math.floor(picture.height / ratio)];
  const { data, width, height } = shrink(picture, { left: 0, top: 0, columns, rows, ratio });
  const shared = new Uint8Array(new SharedArrayBuffer(data.length));
  shared.set(data);
  return { data: shared, width, height };
}
