// Photographs in memory for a detector's training.
import { ImageError } from '../base/errors.ts';
import type { Pixels } from '../base/types.ts';
import { readImage } from '../runtimes/node/decode.ts';
import type { ScenePicture } from './scene.ts';

/** Decodes a picture into memory that threads share; says why where it can't be read. */
export async function loadLevels(file: string): Promise<ScenePicture['levels'] | string> {
  let picture: Pixels;
  try {
    picture = await readImage(file);
  } catch (error) {
    if (error instanceof ImageError) return error.message;
    throw error;
  }
  const { data, width, height } = picture;
  const channels = data.length / (width * height);
  let level: ScenePicture['levels'][number] = { data: new Uint8Array(new SharedArrayBuffer(width * height * 3)), width, height };
  for (let p = 0; p < width * height; p++) for (let c = 0; c < 3; c++) level.data[3 * p + c] = data[channels * p + c];
  const levels = [level];
  while (Math.min(level.width, level.height) >= 32) levels.push((level = halve(level)));
  return levels;
}

function halve({ data, width, height }: ScenePicture['levels'][number]): ScenePicture['levels'][number] {
  const [columns, rows] = [width >> 1, height >> 1];
  const half = new Uint8Array(new SharedArrayBuffer(columns * rows * 3));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const p = (2 * y * width + 2 * x) * 3;
      const q = p + 3 * width;
      for (let c = 0; c < 3; c++)
        half[(y * columns + x) * 3 + c] = (data[p + c] + data[p + 3 + c] + data[q + c] + data[q + 3 + c] + 2) >> 2;
    }
  }
  return { data: half, width: columns, height: rows };
}
