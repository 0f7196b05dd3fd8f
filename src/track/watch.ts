// Watches a video as a whole, on a few grey samples of each frame: whether it was cut, and whether anything moves at all.
import { bytesPerPixel } from '../base/pixels.ts';
import { correlation } from '../base/statistics.ts';
import type { Pixels } from '../base/types.ts';

/** Cells of the small grey picture, and samples in a row and column of each. */
const COLUMNS = 24;
const ROWS = 18;
const SAMPLES = 4;

/** Correlation of two frames below which they show different scenes. A pan by a quarter of the picture has about 0.6. */
const CUT = 0.4;

/** Mean difference of the cells, in grey levels of 255, up to which the camera and what it sees stand still: noise is averaged away. */
const STILL = 1;

/** A frame beside the one before it. */
export interface Change {
  isCut: boolean;
  isStill: boolean;
}

export class Watch {
  #before: Float64Array | undefined;
  #width = 0;
  #height = 0;

  /** The first frame counts as cut, and so does one of another size. */
  next(frame: Pixels): Change {
    const { width, height } = frame;
    const before = width === this.#width && height === this.#height ? this.#before : undefined;
    const now = thumbnail(frame);
    [this.#before, this.#width, this.#height] = [now, width, height];
    if (!before) return { isCut: true, isStill: false };
    const isStill = now.reduce((sum, value, i) => sum + Math.abs(value - before[i]), 0) / now.length <= STILL;
    return { isCut: !isStill && correlation(before, now) < CUT, isStill };
  }
}

/** Mean of the green of each cell's samples, row by row. */
function thumbnail(frame: Pixels): Float64Array {
  const { data, width, height } = frame;
  const channels = bytesPerPixel(frame);
  const across = Array.from({ length: COLUMNS * SAMPLES }, (_, i) => Math.floor(((i + 0.5) * width) / (COLUMNS * SAMPLES)) * channels + 1);
  const cells = new Float64Array(COLUMNS * ROWS);
  for (let row = 0; row < ROWS * SAMPLES; row++) {
    const from = Math.floor(((row + 0.5) * height) / (ROWS * SAMPLES)) * width * channels;
    const cell = Math.floor(row / SAMPLES) * COLUMNS;
    for (let i = 0; i < across.length; i++) cells[cell + Math.floor(i / SAMPLES)] += data[from + across[i]] / SAMPLES ** 2;
  }
  return cells;
}
