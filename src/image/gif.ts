// GIF files (GIF89a) to pixels: the first frame, as browsers show it, or one after the other.
import type { Pixels } from '../base/types.ts';

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const FRAME = 0x2c;
/** Bits of the flags of screen and frame. */
const HAS_PALETTE = 0x80;
const INTERLACED = 0x40;

const MAX_CODES = 4096;
/** Most pixels per byte: a code of 12 bits stands for at most 4096. */
const MAX_EXPANSION = (MAX_CODES * 8) / 12;

/** First row and distance of rows in the order in which an interlaced frame has them. */
const WHOLE = [[0, 1]];
const INTERLACE = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
];

/** What becomes of a frame before the next one is painted; anything else: it stays. */
export const CLEARED = 2;
export const UNDONE = 3;

export interface GifFrame {
  x: number;
  y: number;
  width: number;
  height: number;
  interlaced: boolean;
  /** Three bytes per colour. */
  palette: Uint8Array;
  /** Number of the colour that is not painted. */
  transparent: number | undefined;
  /** For how many hundredths of a second it is shown. */
  delay: number;
  disposal: number;
  /** Where its pixels start: bits of the first code, then blocks; and where they end. */
  at: number;
  end: number;
}

/**
 * The size of a GIF's screen, and its first frame. A frame that reaches out of the screen widens it.
 *
 * @throws Error if it has no frame
 */
export function readGif(file: Uint8Array): { width: number; height: number; frame: GifFrame } {
  const [frame] = framesOf(file);
  if (!frame) throw new Error('it has no frame');
  const [width, height] = [6, 8].map((at) => file[at] + 256 * file[at + 1]);
  return { width: Math.max(width, frame.x + frame.width), height: Math.max(height, frame.y + frame.height), frame };
}

/**
 * The frames of a GIF, in their order.
 *
 * @throws Error where the file ends before a frame's pixels, or a frame has no size or colours
 */
export function* framesOf(file: Uint8Array): Generator<GifFrame, void> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const short = (at: number) => view.getUint16(at, true);
  try {
    const screen = paletteAt(file, 10, 13);
    let [transparent, delay, disposal]: [number | undefined, number, number] = [undefined, 0, 0];
    for (let at = screen.end; ; ) {
      if (file[at] === EXTENSION) {
        // Flags, delay (2 bytes), number of the transparent colour.
        if (file[at + 1] === GRAPHIC_CONTROL) {
          transparent = file[at + 3] & 1 ? file[at + 6] : undefined;
          disposal = (file[at + 3] >> 2) & 7;
          delay = short(at + 4);
        }
        for (at += 2; view.getUint8(at) > 0; at += 1 + file[at]);
        at++;
        continue;
      }
      if (file[at] !== FRAME) return;
      const [x, y, width, height] = [1, 3, 5, 7].map((offset) => short(at + offset));
      const own = paletteAt(file, at + 9, at + 10);
      const palette = own.palette ?? screen.palette;
      if (!palette || width === 0 || height === 0) throw new Error(palette ? 'its frame is empty' : 'it has no colours');
      const interlaced = (file[at + 9] & INTERLACED) !== 0;
      // Of a file that is cut, the blocks that there are.
      for (at = own.end + 1; file[at] > 0; at += 1 + file[at]);
      yield { x, y, width, height, interlaced, palette, transparent, delay, disposal, at: own.end, end: at };
      [transparent, delay, disposal] = [undefined, 0, 0];
      at++;
    }
  } catch (error) {
    throw error instanceof RangeError ? new Error('it ends before the pixels of a frame') : error;
  }
}

/** The palette that flags announce, if they do, and where it ends. */
function paletteAt(file: Uint8Array, flagsAt: number, at: number): { palette?: Uint8Array; end: number } {
  const flags = file[flagsAt];
  if ((flags & HAS_PALETTE) === 0) return { end: at };
  const end = at + 3 * 2 ** ((flags & 7) + 1);
  if (end > file.length) throw new RangeError();
  return { palette: file.subarray(at, end), end };
}

/**
 * Decodes the first frame of a GIF.
 *
 * @returns RGBA pixels; what the frame leaves out is transparent
 * @throws Error if the frame is truncated or damaged
 */
export function decodeGif(file: Uint8Array): Pixels {
  const { width, height, frame } = readGif(file);
  const canvas = { data: new Uint8Array(width * height * 4), width, height };
  paintFrame(canvas, file, frame);
  return canvas;
}

/**
 * Paints a frame of a GIF over what was there; what lies outside is cut off.
 *
 * @param canvas RGBA
 * @throws Error if the frame is truncated or damaged: the canvas is as it was
 */
export function paintFrame({ data, width, height }: Pixels, file: Uint8Array, frame: GifFrame): void {
  const blocks = joinBlocks(file.subarray(frame.at + 1, frame.end));
  const pixels = frame.width * frame.height;
  if (blocks.length * MAX_EXPANSION < pixels) throw new Error(`${blocks.length} bytes can't hold ${frame.width}x${frame.height} pixels`);
  const numbers = decodeLzw(blocks, file[frame.at], pixels);

  const across = Math.min(frame.width, width - frame.x);
  let from = 0;
  for (const [first, step] of frame.interlaced ? INTERLACE : WHOLE) {
    for (let row = first; row < frame.height; row += step, from += frame.width) {
      if (frame.y + row >= height) continue;
      let to = 4 * ((frame.y + row) * width + frame.x);
      for (let x = 0; x < across; x++, to += 4) {
        const number = numbers[from + x];
        if (number === frame.transparent || 3 * number >= frame.palette.length) continue;
        data[to] = frame.palette[3 * number];
        data[to + 1] = frame.palette[3 * number + 1];
        data[to + 2] = frame.palette[3 * number + 2];
        data[to + 3] = 255;
      }
    }
  }
}

/** The contents of blocks of up to 255 bytes, each behind its length. */
function joinBlocks(file: Uint8Array): Uint8Array {
  const joined = new Uint8Array(file.length);
  let length = 0;
  for (let at = 0; at < file.length; at += 1 + file[at]) {
    const block = file.subarray(at + 1, at + 1 + file[at]);
    joined.set(block, length);
    length += block.length;
  }
  return joined.subarray(0, length);
}

/**
 * Unpacks LZW codes of growing width, the lowest bit first.
 *
 * @param firstBits bits per pixel, 1 to 8; the first codes have one more
 * @param count bytes wanted
 * @throws Error if a code is used that stands for nothing, or the codes end too early
 */
function decodeLzw(bytes: Uint8Array, firstBits: number, count: number): Uint8Array {
  if (!(firstBits >= 1 && firstBits <= 8)) throw new Error(`its codes start with ${firstBits} bits`);
  const out = new Uint8Array(count);
  const clear = 1 << firstBits;
  const end = clear + 1;
  // Each code stands for the bytes of an earlier one and one more.
  const prefix = new Uint16Array(MAX_CODES);
  const suffix = new Uint8Array(MAX_CODES);
  const length = new Uint16Array(MAX_CODES);
  for (let code = 0; code < clear; code++) {
    suffix[code] = code;
    length[code] = 1;
  }
  let filled = 0;
  let free = end + 1;
  let width = firstBits + 1;
  let before: number | undefined;
  for (let bit = 0; filled < count && bit + width <= bytes.length * 8; ) {
    const at = bit >> 3;
    const code = ((bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)) >> (bit & 7)) & ((1 << width) - 1);
    bit += width;
    if (code === end) break;
    if (code === clear) {
      free = end + 1;
      width = firstBits + 1;
      before = undefined;
      continue;
    }
    const isNext = code === free && before !== undefined && free < MAX_CODES;
    if (code >= free && !isNext) throw new Error(`its code ${code} stands for nothing`);
    // The next code, used before it is defined, repeats the first byte of the one before.
    const known = isNext ? before! : code;
    const size = length[known];
    let first = known;
    for (let i = filled + size - 1, rest = known; i >= filled; i--, rest = prefix[rest]) {
      if (i < count) out[i] = suffix[rest];
      first = rest;
    }
    if (before !== undefined && free < MAX_CODES) {
      prefix[free] = before;
      suffix[free] = suffix[first];
      length[free] = length[before] + 1;
      free++;
      if (free === 1 << width && width < 12) width++;
    }
    filled += size;
    if (isNext && filled < count) out[filled] = suffix[first];
    if (isNext) filled++;
    before = code;
  }
  if (filled < count) throw new Error(`its pixels end after ${filled} of ${count}`);
  return out;
}
