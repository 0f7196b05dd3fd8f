// BMP files to pixels: 1 to 32 bits, with palette or bit fields, Windows' headers and OS/2's. Alpha is ignored, as most
// programs leave it empty; run lengths are refused, as a few bytes of them stand for any number of pixels.
import type { Pixels } from '../base/types.ts';

const FILE_HEADER_BYTES = 14;
const OS2_HEADER_BYTES = 12;
const WINDOWS_HEADER_BYTES = 40;
/** Compressions: none, masks for red, green and blue, and the same with one for alpha. */
const NONE = 0;
const BIT_FIELDS = 3;
const ALPHA_BIT_FIELDS = 6;

const RED_GREEN_BLUE: Record<number, number[]> = { 16: [0x7c00, 0x03e0, 0x001f], 32: [0xff0000, 0x00ff00, 0x0000ff] };

interface Bmp {
  width: number;
  height: number;
  bits: number;
  topDown: boolean;
  /** Where the first row starts, and how far the rows are apart. */
  start: number;
  rowBytes: number;
  /** Blue, green, red and perhaps nothing of each colour. */
  palette: Uint8Array;
  paletteStep: number;
  masks: number[];
}

/**
 * What the header of a BMP says.
 *
 * @throws Error if it is damaged, or of a kind that isn't decoded
 */
export function readBmp(file: Uint8Array): Bmp {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  try {
    const headerBytes = view.getUint32(14, true);
    const isOs2 = headerBytes === OS2_HEADER_BYTES;
    if (!isOs2 && headerBytes < WINDOWS_HEADER_BYTES) throw new Error(`its header has ${headerBytes} bytes`);
    const width = isOs2 ? view.getUint16(18, true) : view.getInt32(18, true);
    const signedHeight = isOs2 ? view.getUint16(20, true) : view.getInt32(22, true);
    const bits = view.getUint16(isOs2 ? 24 : 28, true);
    const compression = isOs2 ? NONE : view.getUint32(30, true);
    const hasMasks = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS;
    if (compression !== NONE && !hasMasks) throw new Error(`its pixels are compressed (${compression})`);
    if (![1, 4, 8, 16, 24, 32].includes(bits) || (hasMasks && bits < 16)) throw new Error(`it has ${bits} bits per pixel`);

    // Masks follow a header of 40 bytes; later headers hold them.
    const masksBytes = headerBytes === WINDOWS_HEADER_BYTES && hasMasks ? (compression === BIT_FIELDS ? 12 : 16) : 0;
    const paletteAt = FILE_HEADER_BYTES + headerBytes + masksBytes;
    const paletteStep = isOs2 ? 3 : 4;
    const colours = bits > 8 ? 0 : Math.min((!isOs2 && view.getUint32(46, true)) || 2 ** bits, 2 ** bits);
    const start = view.getUint32(10, true);
    const palette = file.subarray(paletteAt, Math.min(paletteAt + colours * paletteStep, start));
    if (bits <= 8 && palette.length < paletteStep) throw new Error('it has no palette');
    const masks = hasMasks ? [54, 58, 62].map((at) => view.getUint32(at, true)) : (RED_GREEN_BLUE[bits] ?? []);
    if (start < paletteAt) throw new Error(`its pixels start within its header, at ${start}`);
    const rowBytes = Math.ceil((width * bits) / 32) * 4;
    return { width, height: Math.abs(signedHeight), bits, topDown: signedHeight < 0, start, rowBytes, palette, paletteStep, masks };
  } catch (error) {
    throw error instanceof RangeError ? new Error('it ends within its header') : error;
  }
}

/**
 * Decodes a BMP.
 *
 * @returns RGBA pixels, opaque
 * @throws Error if it is truncated or damaged
 */
export function decodeBmp(file: Uint8Array): Pixels {
  const bmp = readBmp(file);
  const { width, height, bits, topDown, start, rowBytes } = bmp;
  // Some programs leave out what fills the last row.
  const needed = start + rowBytes * (height - 1) + Math.ceil((width * bits) / 8);
  if (needed > file.length) throw new Error(`its pixels end at byte ${file.length} instead of ${needed}`);
  const data = new Uint8Array(width * height * 4).fill(255);
  const readRow = bits <= 8 ? tableReader(bmp) : bits === 24 ? readBgr : maskReader(bmp);
  for (let y = 0; y < height; y++) {
    const at = start + rowBytes * (topDown ? y : height - 1 - y);
    readRow(file.subarray(at, at + rowBytes), data.subarray(4 * width * y, 4 * width * (y + 1)));
  }
  return { data, width, height };
}

/** Reads a row of the file into one of RGBA pixels. */
type RowReader = (row: Uint8Array, target: Uint8Array) => void;

function readBgr(row: Uint8Array, target: Uint8Array): void {
  for (let from = 0, to = 0; to < target.length; from += 3, to += 4) {
    target[to] = row[from + 2];
    target[to + 1] = row[from + 1];
    target[to + 2] = row[from];
  }
}

function tableReader({ bits, palette, paletteStep }: Bmp): RowReader {
  return (row, target) => {
    for (let bit = 0, to = 0; to < target.length; bit += bits, to += 4) {
      const at = paletteStep * ((row[bit >> 3] >> (8 - bits - (bit & 7))) & ((1 << bits) - 1));
      if (at + 3 > palette.length) throw new Error(`colour ${at / paletteStep} is not in its palette`);
      target[to] = palette[at + 2];
      target[to + 1] = palette[at + 1];
      target[to + 2] = palette[at];
    }
  };
}

function maskReader({ bits, masks }: Bmp): RowReader {
  const channels = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, max: mask >>> shift };
  });
  const step = bits / 8;
  return (row, target) => {
    for (let from = 0, to = 0; to < target.length; from += step, to += 4) {
      const value = row[from] | (row[from + 1] << 8) | (step === 4 ? (row[from + 2] << 16) | (row[from + 3] << 24) : 0);
      channels.forEach(({ mask, shift, max }, c) => {
        target[to + c] = max === 0 ? 0 : Math.round((((value & mask) >>> shift) * 255) / max);
      });
    }
  };
}
