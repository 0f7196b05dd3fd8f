// Between RGB and the planes of Y'CbCr that video has (ITU-R BT.601). Each sample of colour is that of all the pixels that share
// it: where exactly in them it was taken, by half a pixel, is left alone.
import { toRgba } from '../image/pixels.ts';
import type { Pixels } from '../base/types.ts';

/** How many pixels share a sample of colour, across and down; grey has none. */
export interface Sampling {
  across: number;
  down: number;
  isGrey?: boolean;
}

/** How a picture lies in its bytes: a plane of Y', then one of Cb and one of Cr. */
export interface YuvLayout extends Sampling {
  width: number;
  height: number;
  /** Whether numbers run from 0 to 255, as in JPEG, instead of 16 to 235, and to 240 for colours. */
  isFullRange: boolean;
}

/** Fixed point. */
const BITS = 16;
const HALF = 1 << (BITS - 1);

/** Shares of red and blue in luma; green has the rest. */
const RED = 0.299;
const BLUE = 0.114;
const GREEN = 1 - RED - BLUE;

/** Where luma begins, and how far luma and colour reach. */
const rangeOf = (isFullRange: boolean) => (isFullRange ? { black: 0, luma: 255, colour: 255 } : { black: 16, luma: 219, colour: 224 });

/** Bytes of a plane of Y', and of each of the others. */
export function planesOf({ width, height, across, down, isGrey = false }: Omit<YuvLayout, 'isFullRange'>): {
  luma: number;
  colour: number;
} {
  return { luma: width * height, colour: isGrey ? 0 : Math.ceil(width / across) * Math.ceil(height / down) };
}

/** @returns RGB pixels */
export function yuvToRgb(planes: Uint8Array, layout: YuvLayout): Pixels {
  const { width, height, across, down, isGrey, isFullRange } = layout;
  const { luma, colour } = planesOf(layout);
  const range = rangeOf(isFullRange);
  const table = (scale: number, offset: number) =>
    Int32Array.from({ length: 256 }, (_, value) => Math.round(scale * (value - offset) * 2 ** BITS));
  const y = table(255 / range.luma, range.black).map((value) => value + HALF);
  const chroma = 255 / range.colour;
  const crToRed = table(2 * (1 - RED) * chroma, 128);
  const cbToBlue = table(2 * (1 - BLUE) * chroma, 128);
  const crToGreen = table((-2 * (1 - RED) * RED * chroma) / GREEN, 128);
  const cbToGreen = table((-2 * (1 - BLUE) * BLUE * chroma) / GREEN, 128);

  // Its numbers are clamped as they are stored.
  const data = new Uint8ClampedArray(width * height * 3);
  const rowOfColours = Math.ceil(width / across);
  for (let row = 0, from = 0, to = 0; row < height; row++) {
    const cb = luma + Math.floor(row / down) * rowOfColours;
    for (let x = 0; x < width; x++, from++, to += 3) {
      const light = y[planes[from]];
      const at = across === 2 ? x >> 1 : x;
      const blue = isGrey ? 128 : planes[cb + at];
      const red = isGrey ? 128 : planes[cb + colour + at];
      data[to] = (light + crToRed[red]) >> BITS;
      data[to + 1] = (light + crToGreen[red] + cbToGreen[blue]) >> BITS;
      data[to + 2] = (light + cbToBlue[blue]) >> BITS;
    }
  }
  return { data, width, height };
}

/** A picture, without its alpha, as planes of limited range whose colours four pixels share: what every player and encoder takes. */
export function rgbToYuv420(pixels: Pixels): Uint8Array {
  const { data, width, height } = toRgba(pixels);
  const { black, luma, colour } = rangeOf(false);
  const sizes = planesOf({ width, height, across: 2, down: 2 });
  const planes = new Uint8Array(sizes.luma + 2 * sizes.colour);
  const lightOf = (red: number, green: number, blue: number) => RED * red + GREEN * green + BLUE * blue;
  for (let i = 0; i < sizes.luma; i++)
    planes[i] = Math.round(black + (luma / 255) * lightOf(data[4 * i], data[4 * i + 1], data[4 * i + 2]));
  let at = sizes.luma;
  for (let row = 0; row < height; row += 2) {
    for (let x = 0; x < width; x += 2, at++) {
      const [left, right] = [x, Math.min(x + 1, width - 1)];
      const [above, below] = [row * width, Math.min(row + 1, height - 1) * width];
      const mean = (channel: number) =>
        (data[4 * (above + left) + channel] +
          data[4 * (above + right) + channel] +
          data[4 * (below + left) + channel] +
          data[4 * (below + right) + channel]) /
        4;
      const [red, blue] = [mean(0), mean(2)];
      const light = lightOf(red, mean(1), blue);
      planes[at] = Math.round(128 + ((colour / 255) * (blue - light)) / (2 * (1 - BLUE)));
      planes[at + sizes.colour] = Math.round(128 + ((colour / 255) * (red - light)) / (2 * (1 - RED)));
    }
  }
  return planes;
}
