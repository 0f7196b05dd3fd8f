// PNG files to pixels, inflated by the runtime's own zlib. All colour types, bit depths and interlacing of the PNG
// specification (third edition); no colour management, as in the other decoders.
import type { Pixels } from '../base/types.ts';
import { crc32 } from '../base/crc32.ts';
import { quote } from '../base/quote.ts';
import { findOrientation } from './exif.ts';
import { inflateStream, type Inflate } from './inflate.ts';
import { GREY, GREY_ALPHA, PALETTE, RGB, RGBA, rowReader, unfilter, type RowFormat } from './png-rows.ts';
import { paeth } from './paeth.ts';

const SIGNATURE_BYTES = 8;
const HEADER_BYTES = 13;
/** Of deflate: 258 bytes in two bits. */
const MAX_EXPANSION = 1032;

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

interface Png extends RowFormat {
  width: number;
  height: number;
  passes: Pass[];
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

  const pixels = new Uint32Array(width * height);
  const readRow = rowReader(png);
  const distance = Math.max(1, (channels * depth) >> 3);
  const rows = rowsOf(passes, width);
  let next = rows.next();
  // The number of its filter, then the row itself; the first of a pass stands below zeros.
  let row = new Uint8Array(0);
  let above = row;
  let filled = 0;
  for await (const piece of inflate(png.compressed)) {
    for (let at = 0; at < piece.length && !next.done; ) {
      const { pass, first, isTop } = next.value;
      if (isTop && filled === 0) [row, above] = [new Uint8Array(1 + pass.rowBytes), new Uint8Array(1 + pass.rowBytes)];
      const part = piece.subarray(at, at + row.length - filled);
      row.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < row.length) break;
      unfilter(row, above, distance);
      readRow(row, pass.pixels, pixels, first, pass.stepX);
      [row, above] = [above, row];
      filled = 0;
      next = rows.next();
    }
    if (next.done) return { data: new Uint8Array(pixels.buffer), width, height };
  }
  throw new Error('some of its pixels are missing');
}

/** How much of the picture a pass holds; small pictures leave some passes empty. */
function measure(pass: Pass, { width, height, depth, channels }: Png) {
  const pixels = Math.ceil((width - pass.x) / pass.stepX);
  return { ...pass, rows: Math.ceil((height - pass.y) / pass.stepY), pixels, rowBytes: Math.ceil((pixels * channels * depth) / 8) };
}

type MeasuredPass = ReturnType<typeof measure>;

/** The rows of all passes, each with the place of its first pixel in the picture. */
function* rowsOf(passes: MeasuredPass[], width: number): Generator<{ pass: MeasuredPass; first: number; isTop: boolean }> {
  for (const pass of passes) {
    for (let row = 0; row < pass.rows; row++) yield { pass, first: (pass.y + row * pass.stepY) * width + pass.x, isTop: row === 0 };
  }
}

interface Chunk {
  type: string;
  /** Where its data starts in the file. */
  at: number;
  data: Uint8Array;
  /** Whether its checksum is right. */
  isSound(): boolean;
}

/** Chunks up to the last whole one: length of the data, type, data, checksum of type and data. */
function* chunksOf(file: Uint8Array): Generator<Chunk> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = SIGNATURE_BYTES; at + 12 <= file.length; ) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > file.length) return;
    const start = at + 8;
    yield {
      type: String.fromCharCode(...file.subarray(at + 4, start)),
      at: start,
      data: file.subarray(start, end),
      isSound: () => crc32(file.subarray(start - 4, end)) === view.getUint32(end),
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
    if (!isSound()) {
      if (isAncillary) continue;
      throw new Error(`the checksum of its ${quote(type)} is wrong`);
    }
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
    if (type !== 'eXIf' || !isSound()) continue;
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
