import { bytesPerPixel } from '../base/pixels.ts';
import type { Pixels } from '../base/types.ts';
import { BORDER_CLAMP, BORDER_ZERO, CROP_PARAMETERS } from '../wasm/kernels/border.ts';
import type { Engine } from '../engine/engine.ts';
import type { Schedule } from './schedule.ts';

/**
 * Where the pixels of a network's input come from, integers at pixel centres: output pixel (u, v) reads the place
 * (x + u * stepX + v * turnX, y + u * turnY + v * stepY). Both turns are 0 where the crop is upright.
 */
export interface SamplingGrid {
  x: number;
  stepX: number;
  turnX: number;
  y: number;
  turnY: number;
  stepY: number;
}

/** How bytes 0 to 255 become inputs: (value - mean) / std, per channel in the order R, G, B. */
export interface Normalisation {
  mean: readonly number[];
  std: readonly number[];
  order: 'rgb' | 'bgr';
}

/** Between pixels: their mean by distance, or the nearest one. */
export type Sampling = 'bilinear' | 'nearest';

/** What lies outside the picture: its edge repeated, or black. */
export type Border = 'clamp' | 'zero';

/** Bytes of the picture that are copied into linear memory at a time, where that holds what one output pixel covers. */
const WINDOW_BYTES = 1 << 20;

/** How often a picture is halved, at most: whoever wants a larger one in fewer pixels gets them rough. */
const MAX_HALVINGS = 5;

/** Output columns and rows, the ends left out. */
interface Tile {
  beginU: number;
  endU: number;
  beginV: number;
  endV: number;
}

/**
 * Samples a picture into the input tensor of a schedule; only the pixels that the grid reads enter linear memory, part by part.
 * Where samples are two pixels apart or more, which would miss some, the picture is halved first, as often as that is so
 * (mipmaps: Williams 1983).
 */
export function cropResize(
  engine: Engine,
  { input, arenaBytes }: Schedule,
  pixels: Pixels,
  grid: SamplingGrid,
  { mean, std, order }: Normalisation,
  border: Border,
  sampling: Sampling,
): void {
  const channels = bytesPerPixel(pixels);
  const halvings = sampling === 'nearest' ? 0 : halvingsFor(grid);
  const unit = 2 ** halvings;
  // The halved picture, and the grid on it.
  const [width, height] = [Math.ceil(pixels.width / unit), Math.ceil(pixels.height / unit)];
  const [originX, stepX, turnX] = [(grid.x + 0.5) / unit - 0.5, grid.stepX / unit, grid.turnX / unit];
  const [originY, stepY, turnY] = [(grid.y + 0.5) / unit - 0.5, grid.stepY / unit, grid.turnY / unit];
  const isUpright = turnX === 0 && turnY === 0;

  engine.ensure(arenaBytes + CROP_PARAMETERS);
  const parameters = engine.arenaBase + arenaBytes;
  const window = parameters + CROP_PARAMETERS;
  const channelOrder = order === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  const values = engine.floats(parameters, 8);
  channelOrder.forEach((channel, i) => {
    values[i] = 1 / std[channel];
    values[4 + i] = -mean[channel] / std[channel];
  });

  fill({ beginU: 0, endU: input.width, beginV: 0, endV: input.height });

  function fill(tile: Tile): void {
    const { beginU, endU, beginV, endV } = tile;
    const columns = rangeOf(originX, stepX, turnX, width, tile);
    const rows = rangeOf(originY, turnY, stepY, height, tile);
    const [tileWidth, tileHeight] = [endU - beginU, endV - beginV];
    // Bands where rows are rows of the picture; else squares, around which the window is smallest.
    const splits = isUpright ? tileHeight > 1 : Math.max(tileWidth, tileHeight) > 1;
    if (columns.count * rows.count * unit * unit * channels > WINDOW_BYTES && splits) {
      if (isUpright || tileHeight >= tileWidth) {
        const middle = beginV + (tileHeight >> 1);
        fill({ ...tile, endV: middle });
        fill({ ...tile, beginV: middle });
      } else {
        const middle = beginU + (tileWidth >> 1);
        fill({ ...tile, endU: middle });
        fill({ ...tile, beginU: middle });
      }
      return;
    }
    fillWindow(columns, rows);
    const common = {
      out: input.address,
      window,
      scale: parameters,
      windowX: columns.begin,
      windowY: rows.begin,
      windowWidth: columns.count,
      bytesPerPixel: channels,
      width,
      height,
      originX,
      stepX,
      originY,
      stepY,
      outWidth: input.width,
      reverse: Number(order === 'bgr'),
      nearest: Number(sampling === 'nearest'),
      border: border === 'zero' ? BORDER_ZERO : BORDER_CLAMP,
    };
    if (isUpright) engine.call('cropResize', { ...common, begin: beginV, end: endV });
    else engine.call('cropAffine', { ...common, turnX, turnY, ...tile });
  }

  function fillWindow(columns: Range, rows: Range): void {
    const [left, top] = [columns.begin * unit, rows.begin * unit];
    let columnCount = Math.min(columns.count * unit, pixels.width - left);
    let rowCount = Math.min(rows.count * unit, pixels.height - top);
    const rowBytes = columnCount * channels;
    engine.ensure(arenaBytes + CROP_PARAMETERS + rowCount * rowBytes);
    const target = engine.bytes(window, rowCount * rowBytes);
    for (let row = 0; row < rowCount; row++) {
      const source = ((top + row) * pixels.width + left) * channels;
      target.set(pixels.data.subarray(source, source + rowBytes), row * rowBytes);
    }
    for (let i = 0; i < halvings; i++) {
      engine.call('halve', { pixels: window, width: columnCount, height: rowCount, bytesPerPixel: channels });
      [columnCount, rowCount] = [Math.ceil(columnCount / 2), Math.ceil(rowCount / 2)];
    }
  }
}

/** How often a picture is halved until a grid's samples are less than two pixels apart in one direction. */
function halvingsFor({ stepX, turnX, turnY, stepY }: SamplingGrid): number {
  const apart = Math.min(Math.hypot(stepX, turnY), Math.hypot(turnX, stepY));
  return Math.max(0, Math.min(MAX_HALVINGS, Math.floor(Math.log2(apart))));
}

/** Pixels in one direction. */
interface Range {
  begin: number;
  count: number;
}

/** What a tile reads in one direction: half a step more to all sides, and the next pixel for interpolation. */
function rangeOf(origin: number, perU: number, perV: number, size: number, { beginU, endU, beginV, endV }: Tile): Range {
  const [u, v] = [(beginU + endU - 1) / 2, (beginV + endV - 1) / 2];
  const centre = origin + u * perU + v * perV;
  const reach = (Math.abs(perU) * (endU - beginU) + Math.abs(perV) * (endV - beginV)) / 2;
  const clampTo = (index: number) => Math.max(0, Math.min(size - 1, index));
  const begin = clampTo(Math.floor(centre - reach));
  return { begin, count: clampTo(Math.floor(centre + reach) + 2) - begin + 1 };
}
