// The rows of a PNG: filters undone, samples to RGBA.
import { paeth } from './paeth.ts';

/** Colour types of the header. */
export const GREY = 0;
export const RGB = 2;
export const PALETTE = 3;
export const GREY_ALPHA = 4;
export const RGBA = 6;

export interface RowFormat {
  /** Bits per sample. */
  depth: number;
  colourType: number;
  /** Samples per pixel. */
  channels: number;
  /** Three bytes per colour. */
  palette: Uint8Array;
  /** Alpha of the palette's first colours, or 16 bits per channel of the one colour that is transparent. */
  transparency: Uint8Array;
}

/**
 * Undoes a row's filter in place.
 *
 * @param row the number of the filter, then the bytes
 * @param above the row above in the same pass, undone; zeros for the first
 * @param distance bytes to the pixel on the left
 */
export function unfilter(row: Uint8Array, above: Uint8Array, distance: number): void {
  const [filter] = row;
  const { length } = row;
  const second = 1 + distance;
  if (filter === 1) for (let i = second; i < length; i++) row[i] += row[i - distance];
  else if (filter === 2) for (let i = 1; i < length; i++) row[i] += above[i];
  else if (filter === 3) {
    for (let i = 1; i < second; i++) row[i] += above[i] >> 1;
    for (let i = second; i < length; i++) row[i] += (row[i - distance] + above[i]) >> 1;
  } else if (filter === 4) {
    for (let i = 1; i < second; i++) row[i] += above[i];
    for (let i = second; i < length; i++) row[i] += paeth(row[i - distance], above[i], above[i - distance]);
  } else if (filter !== 0) throw new Error(`a row has filter ${filter}, which there is not`);
}

/**
 * Writes the pixels of a row, undone, into a picture of RGBA pixels.
 *
 * @param row samples from byte 1 on
 * @param pixels how many
 * @param to where the first goes
 * @param step from each to the next
 */
type RowReader = (row: Uint8Array, pixels: number, target: Uint32Array, to: number, step: number) => void;

export function rowReader(format: RowFormat): RowReader {
  const { depth, colourType, transparency } = format;
  if (colourType === PALETTE || (colourType === GREY && depth <= 8)) return tableReader(format);
  if (depth === 8 && colourType === RGB && transparency.length === 0) return readRgb;
  if (depth === 8 && colourType === RGBA) return readRgba;
  return sampleReader(format);
}

/** Four bytes in the order in which memory has them; WebAssembly runs on such processors only. */
function rgba(red: number, green: number, blue: number, alpha: number): number {
  return red | (green << 8) | (blue << 16) | (alpha << 24);
}

function readRgb(row: Uint8Array, pixels: number, target: Uint32Array, to: number, step: number): void {
  const end = 1 + 3 * pixels;
  for (let from = 1; from < end; from += 3, to += step) target[to] = rgba(row[from], row[from + 1], row[from + 2], 255);
}

function readRgba(row: Uint8Array, pixels: number, target: Uint32Array, to: number, step: number): void {
  const end = 1 + 4 * pixels;
  for (let from = 1; from < end; from += 4, to += step) target[to] = rgba(row[from], row[from + 1], row[from + 2], row[from + 3]);
}

/** Pixels that are numbers of colours: of a palette, or of up to 256 greys. */
function tableReader({ depth, colourType, palette, transparency }: RowFormat): RowReader {
  const max = 2 ** depth - 1;
  const count = colourType === PALETTE ? Math.min(max + 1, palette.length / 3) : max + 1;
  const colours = Uint32Array.from({ length: count }, (_, i) => {
    if (colourType === PALETTE) return rgba(palette[3 * i], palette[3 * i + 1], palette[3 * i + 2], transparency[i] ?? 255);
    const grey = Math.round((i * 255) / max);
    const isHidden = transparency.length === 2 && i === ((transparency[0] << 8) | transparency[1]);
    return rgba(grey, grey, grey, isHidden ? 0 : 255);
  });
  return (row, pixels, target, to, step) => {
    const end = 8 + pixels * depth;
    for (let bit = 8; bit < end; bit += depth, to += step) {
      const number = (row[bit >> 3] >> (8 - depth - (bit & 7))) & max;
      if (number >= count) throw new Error(`colour ${number} is not in its palette`);
      target[to] = colours[number];
    }
  };
}

/** Pixels of one to four samples of 8 or 16 bits. */
function sampleReader({ depth, colourType, channels, transparency }: RowFormat): RowReader {
  const bytes = depth / 8;
  const green = colourType === RGB || colourType === RGBA ? bytes : 0;
  const alphaAt = colourType === GREY_ALPHA || colourType === RGBA ? (channels - 1) * bytes : undefined;
  const hasHidden = alphaAt === undefined && transparency.length === 2 * channels;
  const hidden = hasHidden ? transparency.filter((_, i) => depth === 16 || i % 2 === 1) : undefined;
  const toByte =
    depth === 8
      ? (row: Uint8Array, at: number) => row[at]
      : (row: Uint8Array, at: number) => Math.round(((row[at] << 8) | row[at + 1]) / 257);
  return (row, pixels, target, to, step) => {
    const end = 1 + pixels * channels * bytes;
    for (let from = 1; from < end; from += channels * bytes, to += step) {
      const isHidden = hidden?.every((byte, i) => byte === row[from + i]);
      const alpha = alphaAt !== undefined ? toByte(row, from + alphaAt) : isHidden ? 0 : 255;
      target[to] = rgba(toByte(row, from), toByte(row, from + green), toByte(row, from + 2 * green), alpha);
    }
  };
}
