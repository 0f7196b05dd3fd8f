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
  const readRow = rowReader(png);
  let at = 0;
  for (const { x, y, stepX, stepY, rows, pixels, rowBytes } of passes) {
    let above: Uint8Array = new Uint8Array(rowBytes);
    for (let row = 0; row < rows; row++, at += 1 + rowBytes) {
      const unfiltered = bytes.subarray(at + 1, at + 1 + rowBytes);
      unfilter(bytes[at], unfiltered, above, Math.max(1, (channels * depth) >> 3));
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

/** Returns what writes a row's pixels as RGBA, `step` bytes apart. */
function rowReader({ depth, colourType, channels, palette, transparency }: Png) {
  const max = 2 ** depth - 1;
  const sample = (row: Uint8Array, index: number) => {
    if (depth === 8) return row[index];
    if (depth === 16) return (row[2 * index] << 8) | row[2 * index + 1];
    const bit = index * depth;
    return (row[bit >> 3] >> (8 - depth - (bit & 7))) & max;
  };
  const toByte = (value: number) => (depth === 8 ? value : Math.round((value * 255) / max));

  const coloured = colourType === RGB || colourType === RGBA;
  const hasAlpha = colourType === GREY_ALPHA || colourType === RGBA;
  const hasTransparentColour = !hasAlpha && transparency.length === 2 * channels;
  const isTransparent = (row: Uint8Array, first: number) => {
    for (let c = 0; c < channels; c++) {
      if (sample(row, first + c) !== ((transparency[2 * c] << 8) | transparency[2 * c + 1])) return false;
    }
    return true;
  };

  return (row: Uint8Array, pixels: number, target: Uint8Array, to: number, step: number) => {
    for (let first = 0; first < pixels * channels; first += channels, to += step) {
      const value = sample(row, first);
      if (colourType === PALETTE) {
        if (3 * value >= palette.length) throw new Error(`colour ${value} is not in its palette`);
        for (let c = 0; c < 3; c++) target[to + c] = palette[3 * value + c];
        target[to + 3] = transparency[value] ?? 255;
        continue;
      }
      target[to] = toByte(value);
      target[to + 1] = coloured ? toByte(sample(row, first + 1)) : target[to];
      target[to + 2] = coloured ? toByte(sample(row, first + 2)) : target[to];
      if (hasAlpha) target[to + 3] = toByte(sample(row, first + channels - 1));
      else target[to + 3] = hasTransparentColour && isTransparent(row, first) ? 0 : 255;
    }
  };
}
