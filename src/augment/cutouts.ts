// The decoded parts of pictures around the faces, kept in memory that all threads share.
import { join } from 'node:path';
import { checkInside, type Sample } from '../base/samples.ts';
import type { CropRule } from '../base/crop-rules.ts';
import { readImage } from '../runtimes/node/decode.ts';
import { shrink } from '../image/shrink.ts';
import type { Box, Pixels } from '../base/types.ts';
import { cropOf } from './place.ts';
import type { Cutout } from './warp.ts';

/** A labelled face; `box` is what the crop rule applies to where that isn't the box of the landmarks (WFLW's own boxes). */
export interface TrainingSample extends Sample {
  box?: Box;
}

/** Memory for cutouts; what doesn't fit is decoded each time. Both arrays are shared between threads. */
export interface CutoutStore {
  bytes: Uint8Array;
  /** [samples + 1, FIELDS]: see `Field`; the last row counts the units in use. */
  table: Int32Array;
}

const FIELDS = 8;
const Field = { state: 0, start: 1, width: 2, height: 3, x: 4, y: 5, step: 6 } as const;
const State = { absent: 0, busy: 1, present: 2 } as const;

/** Cutouts start at multiples of this many bytes, so that 32 bits tell where. */
const UNIT = 16;

/** Memory is only taken as it is filled. */
export function makeStore(samples: number, bytes: number): CutoutStore {
  return {
    bytes: new Uint8Array(new SharedArrayBuffer(bytes)),
    table: new Int32Array(new SharedArrayBuffer((samples + 1) * FIELDS * Int32Array.BYTES_PER_ELEMENT)),
  };
}

/** How much of a picture is kept. */
export interface CutoutRule {
  images: string;
  crop: CropRule;
  /** Side of the kept part in sides of the crop: what turned and shifted crops may read. */
  reach: number;
  /** Larger faces are made smaller by whole factors, but not below this many pixels a side of the crop. */
  leastSide: number;
}

/**
 * The cutout of a sample, from memory or from its file.
 *
 * @throws ImageError if the picture can't be read
 * @throws DataError if the landmarks lie outside of the picture
 */
export async function cutoutOf(index: number, sample: TrainingSample, rule: CutoutRule, { bytes, table }: CutoutStore): Promise<Cutout> {
  const row = index * FIELDS;
  if (Atomics.load(table, row + Field.state) === State.present) {
    const [start, width, height, x, y, step] = table.subarray(row + Field.start, row + Field.step + 1);
    return { data: bytes.subarray(start * UNIT, start * UNIT + width * height * 3), width, height, x: x / 2, y: y / 2, step };
  }
  const cutout = cut(await readImage(join(rule.images, sample.name)), sample, rule);
  // Another thread may be at the same sample: then it keeps it.
  if (Atomics.compareExchange(table, row + Field.state, State.absent, State.busy) === State.absent) {
    const start = reserve(Math.ceil(cutout.data.length / UNIT), { bytes, table });
    // Without room it stays busy, that is, out of memory for good.
    if (start !== undefined) {
      bytes.set(cutout.data, start * UNIT);
      // Places are halves of pixels.
      table.set([start, cutout.width, cutout.height, 2 * cutout.x, 2 * cutout.y, cutout.step], row + Field.start);
      Atomics.store(table, row + Field.state, State.present);
    }
  }
  return cutout;
}

/** Takes units of memory; undefined where too few are left. */
function reserve(units: number, { bytes, table }: CutoutStore): number | undefined {
  const used = table.length - FIELDS;
  for (;;) {
    const start = Atomics.load(table, used);
    if ((start + units) * UNIT > bytes.length) return undefined;
    if (Atomics.compareExchange(table, used, start, start + units) === start) return start;
  }
}

function cut(picture: Pixels, sample: TrainingSample, { crop, reach, leastSide }: CutoutRule): Cutout {
  checkInside(sample, picture);
  const box = cropOf(sample, crop);
  const step = Math.max(1, Math.floor(Math.min(box.width, box.height) / leastSide));
  const range = (start: number, length: number, size: number) => {
    const middle = start + length / 2;
    // One pixel more on either side, for the interpolation.
    const first = Math.max(0, Math.floor(middle - (length * reach) / 2) - 1);
    const end = Math.min(size, Math.ceil(middle + (length * reach) / 2) + 2);
    return { first, count: Math.max(1, Math.floor((end - first) / step)) };
  };
  // A turned crop reads as far to the side as up and down.
  const side = reach > 1 ? Math.max(box.width, box.height) : 0;
  const columns = range(box.x + box.width / 2 - Math.max(side, box.width) / 2, Math.max(side, box.width), picture.width);
  const rows = range(box.y + box.height / 2 - Math.max(side, box.height) / 2, Math.max(side, box.height), picture.height);
  return {
    data: shrink(picture, { left: columns.first, top: rows.first, columns: columns.count, rows: rows.count, ratio: step }).data,
    width: columns.count,
    height: rows.count,
    x: columns.first + (step - 1) / 2,
    y: rows.first + (step - 1) / 2,
    step,
  };
}
