// PNG files to pixels, inflated by the runtime's own zlib: for runtimes without jimp and canvas. All colour types, bit
// depths and interlacing of the PNG specification (third edition); no colour management, as in the other decoders.
import type { Pixels } from '../types.ts';
import { crc32 } from '../weights/crc32.ts';
import { paeth } from './paeth.ts';

const SIGNATURE_BYTES = 8;
const HEADER_BYTES = 13;

const GREY = 0;
const RGB = 2;
const PALETTE = 3;
const GREY_ALPHA = 4;
const RGBA = 6;

/** Samples per pixel and bits per sample. */
const COLOUR_TYPES: Record<number, { channels: number; depths: number[] } | undefined> = {
  [GREY]: { channels: 1, depths: [1, 2, 4, 8, 16] },
  [RGB]: { channels: 3, depths: [8, 16] },
  [PALETTE]: { channels: 1, depths: [1, 2, 4, 8] },
  [GREY_ALPHA]: { channels: 2, depths: [8, 16] },
  [RGBA]: { channels: 4, depths: [8, 16] },
};

/** A part of an interlaced picture: every `stepX`th pixel of every `stepY`th row. */
interface Pass {
  x: number;
  y: number;
  stepX: number;
  stepY: number;
}

const WHOLE: Pass[] = [{ x: 0, y: 0, stepX: 1, stepY: 1 }];
const ADAM7: Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

interface Png {
  width: number;
  height: number;
  depth: number;
  colourType: number;
  channels: number;
  passes: Pass[];
  /** Three bytes per colour. */
  palette: Uint8Array;
  /** Alpha of the palette's first colours, or 16 bits per channel of the one colour that is transparent. */
  transparency: Uint8Array;
  compressed: Uint8Array<ArrayBuffer>[];
}

/**
 * Decodes a PNG; of an animated one its default picture.
 *
 * @returns RGBA pixels
 * @throws Error if the file is truncated or damaged
 */
export async function decodePng(file: Uint8Array): Promise<Pixels> {
  const png = readChunks(file);
  const { width, height, depth, channels } = png;
  const passes = png.passes.map((pass) => measure(pass, png)).filter(({ rows, pixels }) => rows > 0 && pixels > 0);
  const bytes = await inflate(png.compressed, passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0));

  const data = new Uint8Array(width * height * 4);
  const readRow = rowReader(png, bytes);
  let at = 0;
  for (const { x, y, stepX, stepY, rows, pixels, rowBytes } of passes) {
    for (let row = 0; row < rows; row++, at += 1 + rowBytes) {
      unfilter(bytes, at, rowBytes, row > 0, Math.max(1, (channels * depth) >> 3));
      readRow(at + 1, pixels, data, 4 * ((y + row * stepY) * width + x), 4 * stepX);
    }
  }
  return { data, width, height };
}

/** How much of the picture a pass holds; small pictures leave some passes empty. */
function measure(pass: Pass, { width, height, depth, channels }: Png) {
  const pixels = Math.ceil((width - pass.x) / pass.stepX);
  return { ...pass, rows: Math.ceil((height - pass.y) / pass.stepY), pixels, rowBytes: Math.ceil((pixels * channels * depth) / 8) };
}

function readChunks(file: Uint8Array): Png {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let png: Png | undefined;
  // A chunk: length of its data, type, data, checksum of type and data.
  for (let at = SIGNATURE_BYTES; at < file.length; ) {
    if (at + 12 > file.length) throw new Error('it ends within a chunk');
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > file.length) throw new Error('it ends within a chunk');
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const data = new Uint8Array(file.subarray(at + 8, end));
    if (crc32(file.subarray(at + 4, end)) !== view.getUint32(end)) throw new Error(`the checksum of its ${type} is wrong`);
    at = end + 4;

    if (type === 'IEND') break;
    if (png === undefined) {
      if (type !== 'IHDR' || data.length !== HEADER_BYTES) throw new Error('it has no header');
      png = readHeader(data);
    } else if (type === 'PLTE') png.palette = data;
    else if (type === 'tRNS') png.transparency = data;
    else if (type === 'IDAT') png.compressed.push(data);
  }
  if (png === undefined) throw new Error('it has no header');
  return png;
}

function readHeader(header: Uint8Array): Png {
  const view = new DataView(header.buffer);
  const [depth, colourType, compression, filter, interlaced] = header.subarray(8);
  const { channels, depths } = COLOUR_TYPES[colourType] ?? { channels: 0, depths: [] };
  if (!depths.includes(depth) || compression !== 0 || filter !== 0 || interlaced > 1) {
    throw new Error(`its header has numbers that mean nothing (${header.subarray(8).join(', ')})`);
  }
  const nothing = new Uint8Array(0);
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colourType,
    channels,
    passes: interlaced ? ADAM7 : WHOLE,
    palette: nothing,
    transparency: nothing,
    compressed: [],
  };
}

/** Inflates as many bytes as the picture needs, whatever the file holds. */
async function inflate(compressed: Uint8Array<ArrayBuffer>[], length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const reader = new Blob(compressed).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  for (let filled = 0; filled < length; ) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`its pixels end after ${filled} of ${length} bytes`);
    bytes.set(value.subarray(0, length - filled), filled);
    filled += value.length;
  }
  await reader.cancel();
  return bytes;
}

/**
 * Undoes a row's filter in place.
 *
 * @param at where the row's filter stands; its bytes follow
 * @param hasAbove whether a row of the same pass stands above it
 * @param distance bytes to the pixel on the left
 */
function unfilter(bytes: Uint8Array, at: number, rowBytes: number, hasAbove: boolean, distance: number): void {
  const filter = bytes[at];
  const first = at + 1;
  const left = (i: number) => (i - distance >= first ? bytes[i - distance] : 0);
  const above = (i: number) => (hasAbove ? bytes[i - rowBytes - 1] : 0);
  const corner = (i: number) => (hasAbove && i - distance >= first ? bytes[i - rowBytes - 1 - distance] : 0);
  const add = (predict: (i: number) => number) => {
    for (let i = first; i < first + rowBytes; i++) bytes[i] += predict(i);
  };
  if (filter === 1) add(left);
  else if (filter === 2) add(above);
  else if (filter === 3) add((i) => (left(i) + above(i)) >> 1);
  else if (filter === 4) add((i) => paeth(left(i), above(i), corner(i)));
  else if (filter !== 0) throw new Error(`a row has filter ${filter}, which there is not`);
}

/** Returns what writes a row's pixels as RGBA, `step` bytes apart. */
function rowReader({ depth, colourType, channels, palette, transparency }: Png, bytes: Uint8Array) {
  const max = 2 ** depth - 1;
  const sample = (row: number, index: number) => {
    if (depth === 8) return bytes[row + index];
    if (depth === 16) return (bytes[row + 2 * index] << 8) | bytes[row + 2 * index + 1];
    const bit = index * depth;
    return (bytes[row + (bit >> 3)] >> (8 - depth - (bit & 7))) & max;
  };
  const toByte = depth === 8 ? (value: number) => value : (value: number) => Math.round((value * 255) / max);
  const isTransparent = (row: number, pixel: number) => {
    for (let c = 0; c < channels; c++) {
      if (sample(row, pixel * channels + c) !== ((transparency[2 * c] << 8) | transparency[2 * c + 1])) return false;
    }
    return true;
  };
  const hasTransparentColour = transparency.length === 2 * channels && (colourType === GREY || colourType === RGB);
  const coloured = colourType === RGB || colourType === RGBA;
  const hasAlpha = colourType === GREY_ALPHA || colourType === RGBA;

  return (row: number, pixels: number, target: Uint8Array, to: number, step: number) => {
    for (let pixel = 0; pixel < pixels; pixel++, to += step) {
      const index = pixel * channels;
      if (colourType === PALETTE) {
        const colour = sample(row, index);
        if (3 * colour >= palette.length) throw new Error(`colour ${colour} is not in its palette`);
        target.set(palette.subarray(3 * colour, 3 * colour + 3), to);
        target[to + 3] = transparency[colour] ?? 255;
        continue;
      }
      target[to] = toByte(sample(row, index));
      target[to + 1] = coloured ? toByte(sample(row, index + 1)) : target[to];
      target[to + 2] = coloured ? toByte(sample(row, index + 2)) : target[to];
      target[to + 3] = hasAlpha ? toByte(sample(row, index + channels - 1)) : hasTransparentColour && isTransparent(row, pixel) ? 0 : 255;
    }
  };
}
