import { bytesPerPixel } from '../base/pixels.ts';
import type { Pixels } from '../base/types.ts';
import { BORDER_CLAMP, BORDER_ZERO, CROP_PARAMETERS } from '../wasm/kernels/border.ts';
import type { Engine } from '../engine/engine.ts';
import type { Schedule } from './schedule.ts';

/** Where the pixels of a network's input come from: output pixel (u, v) reads (x + u * stepX, y + v * stepY), integers at pixel centres. */
export interface SamplingGrid {
  x: number;
  stepX: number;
  y: number;
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

/** Bytes of the picture that are copied into linear memory at a time. */
const WINDOW_BYTES = 1 << 20;

/** Samples a picture into the input tensor of a schedule; only the pixels that the grid reads enter linear memory, band by band. */
export function cropResize(
  engine: Engine,
  { input, arenaBytes }: Schedule,
  pixels: Pixels,
  grid: SamplingGrid,
  { mean, std, order }: Normalisation,
  border: Border,
  sampling: Sampling,
): void {
  const { data, width, height } = pixels;
  const channels = bytesPerPixel(pixels);
  const range = (origin: number, step: number, first: number, last: number, size: number) => {
    const clampTo = (index: number) => Math.max(0, Math.min(size - 1, index));
    const begin = clampTo(Math.floor(origin + first * step));
    return { begin, count: clampTo(Math.floor(origin + last * step) + 1) - begin + 1 };
  };

  const columns = range(grid.x, grid.stepX, 0, input.width - 1, width);
  const rowBytes = columns.count * channels;
  const rowsPerBand = Math.max(1, Math.min(input.height, Math.floor((WINDOW_BYTES / rowBytes - 2) / Math.max(grid.stepY, 1e-6))));
  const bandBytes = Math.min(Math.ceil(rowsPerBand * grid.stepY) + 2, height) * rowBytes;
  engine.ensure(arenaBytes + CROP_PARAMETERS + bandBytes);
  const parameters = engine.arenaBase + arenaBytes;
  const window = parameters + CROP_PARAMETERS;

  const channelOrder = order === 'bgr' ? [2, 1, 0] : [0, 1, 2];
  const values = engine.floats(parameters, 8);
  channelOrder.forEach((channel, i) => {
    values[i] = 1 / std[channel];
    values[4 + i] = -mean[channel] / std[channel];
  });

  for (let begin = 0; begin < input.height; begin += rowsPerBand) {
    const end = Math.min(begin + rowsPerBand, input.height);
    const rows = range(grid.y, grid.stepY, begin, end - 1, height);
    const target = engine.bytes(window, rows.count * rowBytes);
    for (let row = 0; row < rows.count; row++) {
      const source = ((rows.begin + row) * width + columns.begin) * channels;
      target.set(data.subarray(source, source + rowBytes), row * rowBytes);
    }
    engine.call('cropResize', {
      out: input.address,
      window,
      scale: parameters,
      windowX: columns.begin,
      windowY: rows.begin,
      windowWidth: columns.count,
      bytesPerPixel: channels,
      width,
      height,
      originX: grid.x,
      stepX: grid.stepX,
      originY: grid.y,
      stepY: grid.stepY,
      outWidth: input.width,
      reverse: Number(order === 'bgr'),
      nearest: Number(sampling === 'nearest'),
      border: border === 'zero' ? BORDER_ZERO : BORDER_CLAMP,
      begin,
      end,
    });
  }
}
