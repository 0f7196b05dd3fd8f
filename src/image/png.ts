// PNG files to pixels, inflated by the runtime's own zlib. All colour types, bit depths and interlacing of the PNG
// specification (third edition); no colour management, as in the other decoders.
import type { Pixels } from '../types.ts';
import { crc32 } from '../weights/crc32.ts';
import { quote } from '../weights/quote.ts';
import { findOrientation } from './exif.ts';
import { inflateStream, type Inflate } from './inflate.ts';
import { paeth } from './paeth.ts';

const SIGNATURE_BYTES = 8;
const HEADER_BYTES = 13;
/** Of deflate: 258 bytes in two bits. */
const MAX_EXPANSION = 1032;

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
  compressed: Uint8Array[];
}

/**
 * Decodes a PNG; of an animated one its default picture. It is not turned as its EXIF data says.
 *
 * @param inflate default: by `DecompressionStream`, which every runtime has
 * @returns RGBA pixels
 * @throws Error if the file is truncated or damaged
 */
export async function decodePng(file: Uint8Array, inflate: Inflate = inflateStream): Promise<Pixels> {
  const png = readChunks(file);
  const { width, height, depth, channels } = png;
  const passes = png.passes.map((pass) => measure(pass, png)).filter(({ rows, pixels }) => rows > 0 && pixels > 0);
  const needed = passes.reduce((sum, { rows, rowBytes }) => sum + rows * (1 + rowBytes), 0);
  const stored = png.compressed.reduce((sum, { length }) => sum + length, 0);
  if (stored * MAX_EXPANSION < needed) throw new Error(`${stored} bytes can't hold ${width}x${height} pixels`);
  const bytes = await collect(inflate(png.compressed), needed);

  const data = new Uint8Array(width * height * 4);
  const readRow = rowReader(png);
  const distance = Math.max(1, (channels * depth) >> 3);
  let at = 0;
  for (const { x, y, stepX, stepY, rows, pixels, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let row = 0; row < rows; row++, at += 1 + rowBytes) {
      const unfiltered = bytes.subarray(at + 1, at + 1 + rowBytes);
      unfilter(bytes[at], unfiltered, above, distance);
      readRow(unfiltered, pixels, data, 4 * ((y + row * stepY) * width + x), 4 * stepX);
      above = unfiltered;
    }
  }
  return { data, width, height };
}

/** How much of the picture a pass holds; small pictures leave some passes empty. */
function measure(pass: Pass, { width, height, depth, channels }: Png) {
  const pixels = Math.ceil((width - pass.x) / pass.stepX);
  return { ...pass, rows: Math.ceil((height - pass.y) / pass.stepY), pixels, rowBytes: Math.ceil((pixels * channels * depth) / 8) };
}

interface Chunk {
  type: string;
  /** Where its data starts in the file. */
  at: number;
  data: Uint8Array;
  isSound: boolean;
}

/** Chunks up to the last whole one: length of the data, type, data, checksum of type and data. */
function* chunksOf(file: Uint8Array): Generator<Chunk> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = SIGNATURE_BYTES; at + 12 <= file.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > file.length) return;
    yield {
      type: String.fromCharCode(...file.subarray(at + 4, at + 8)),
      at: at + 8,
      data: file.subarray(at + 8, end),
      isSound: crc32(file.subarray(at + 4, end)) === view.getUint32(end),
    };
    at = end + 4;
  }
}

function readChunks(file: Uint8Array): Png {
  let png: Png | undefined;
  let before = '';
  for (const { type, data, isSound } of chunksOf(file)) {
    // A small letter: not needed to understand the picture.
    const isAncillary = (type.charCodeAt(0) & 0x20) !== 0;
    if (!isSound && isAncillary) continue;
    if (!isSound) throw new Error(`the checksum of its ${quote(type)} is wrong`);
    if (type === 'IEND') break;
    if (png === undefined) {
      if (type !== 'IHDR' || data.length !== HEADER_BYTES) throw new Error('it has no header');
      png = readHeader(data);
    } else if (type === 'IDAT') {
      if (png.compressed.length > 0 && before !== 'IDAT') throw new Error('its pixels are interrupted by other data');
      png.compressed.push(data);
    } else if (type === 'PLTE') {
      if (png.compressed.length > 0 || png.palette.length > 0) throw new Error('it has a palette too many, or behind its pixels');
      png.palette = data;
    } else if (type === 'tRNS') png.transparency = data;
    else if (!isAncillary) throw new Error(`it has a chunk ${quote(type)}, unknown or out of place`);
    before = type;
  }
  if (png === undefined) throw new Error('it has no header');
  if (png.colourType === PALETTE && (png.palette.length === 0 || png.palette.length % 3 !== 0)) throw new Error('it has no palette');
  return png;
}

/** @throws Error if the file doesn't begin with its size */
export function readPngSize(file: Uint8Array): { width: number; height: number } {
  const [header] = chunksOf(file);
  if (header?.type !== 'IHDR' || header.data.length !== HEADER_BYTES) throw new Error('it has no header');
  return readHeader(header.data);
}

/** Where a PNG file says which way up it stands (eXIf), as offset of the byte that holds 1 to 8. */
export function findPngOrientation(file: Uint8Array): number | undefined {
  for (const { type, at, data, isSound } of chunksOf(file)) {
    if (type !== 'eXIf' || !isSound) continue;
    const found = findOrientation(data);
    return found === undefined ? undefined : at + found;
  }
  return undefined;
}

function readHeader(header: Uint8Array): Png {
  const view = new DataView(header.buffer, header.byteOffset);
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

/** As many bytes as the picture needs, whatever more there would be. */
async function collect(pieces: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  for await (const piece of pieces) {
    bytes.set(piece.subarray(0, length - filled), filled);
    filled += piece.length;
    if (filled >= length) return bytes;
  }
  throw new Error(`its pixels end after ${filled} of ${length} bytes`);
}

/**
 * Undoes a row's filter in place.
 *
 * @param above the row above in the same pass, zeros for the first
 * @param distance bytes to the pixel on the left
 */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, distance: number): void {
  const { length } = row;
  if (filter === 1) for (let i = distance; i < length; i++) row[i] += row[i - distance];
  else if (filter === 2) for (let i = 0; i < length; i++) row[i] += above[i];
  else if (filter === 3) {
    for (let i = 0; i < length; i++) row[i] += ((i < distance ? 0 : row[i - distance]) + above[i]) >> 1;
  } else if (filter === 4) {
    for (let i = 0; i < distance; i++) row[i] += above[i];
    for (let i = distance; i < length; i++) row[i] += paeth(row[i - distance], above[i], above[i - distance]);
  } else if (filter !== 0) throw new Error(`a row has filter ${filter}, which there is not`);
}

/** Writes the first pixels of a row as RGBA, `step` bytes apart. */
type RowReader = (row: Uint8Array, pixels: number, target: Uint8Array, to: number, step: number) => void;

function rowReader(png: Png): RowReader {
  const { depth, colourType, transparency } = png;
  if (colourType === PALETTE || (colourType === GREY && depth <= 8)) return tableReader(png);
  if (depth === 8 && colourType === RGB && transparency.length === 0) return readRgb;
  return sampleReader(png);
}

function readRgb(row: Uint8Array, pixels: number, target: Uint8Array, to: number, step: number): void {
  for (let from = 0; from < pixels * 3; from += 3, to += step) {
    target[to] = row[from];
    target[to + 1] = row[from + 1];
    target[to + 2] = row[from + 2];
    target[to + 3] = 255;
  }
}

/** Pixels that are numbers of colours: of a palette, or of up to 256 greys. */
function tableReader({ depth, colourType, palette, transparency }: Png): RowReader {
  const max = 2 ** depth - 1;
  const colours = new Uint8Array(4 * (max + 1)).fill(255);
  const count = colourType === PALETTE ? Math.min(max + 1, palette.length / 3) : max + 1;
  for (let i = 0; i < count; i++) {
    if (colourType === PALETTE) {
      colours.set(palette.subarray(3 * i, 3 * i + 3), 4 * i);
      colours[4 * i + 3] = transparency[i] ?? 255;
    } else {
      colours.fill(Math.round((i * 255) / max), 4 * i, 4 * i + 3);
      if (transparency.length === 2 && i === ((transparency[0] << 8) | transparency[1])) colours[4 * i + 3] = 0;
    }
  }
  return (row, pixels, target, to, step) => {
    for (let bit = 0; bit < pixels * depth; bit += depth, to += step) {
      const number = (row[bit >> 3] >> (8 - depth - (bit & 7))) & max;
      if (number >= count) throw new Error(`colour ${number} is not in its palette`);
      target[to] = colours[4 * number];
      target[to + 1] = colours[4 * number + 1];
      target[to + 2] = colours[4 * number + 2];
      target[to + 3] = colours[4 * number + 3];
    }
  };
}

/** Pixels of one to four samples of 8 or 16 bits. */
function sampleReader({ depth, colourType, channels, transparency }: Png): RowReader {
  const bytes = depth / 8;
  const green = colourType === RGB || colourType === RGBA ? bytes : 0;
  const alpha = colourType === GREY_ALPHA || colourType === RGBA ? (channels - 1) * bytes : undefined;
  const hidden = alpha === undefined && transparency.length === 2 * channels ? transparency.filter((_, i) => depth === 16 || i % 2 === 1) : undefined;
  const toByte = depth === 8 ? (row: Uint8Array, at: number) => row[at] : (row: Uint8Array, at: number) => Math.round(((row[at] << 8) | row[at + 1]) / 257);
  return (row, pixels, target, to, step) => {
    for (let from = 0; from < pixels * channels * bytes; from += channels * bytes, to += step) {
      target[to] = toByte(row, from);
      target[to + 1] = toByte(row, from + green);
      target[to + 2] = toByte(row, from + 2 * green);
      if (alpha !== undefined) target[to + 3] = toByte(row, from + alpha);
      else target[to + 3] = hidden?.every((byte, i) => byte === row[from + i]) ? 0 : 255;
    }
  };
}
