// What jimp's TIFF decoder doesn't check itself: it would return black or wrong pixels, fill all memory, or never return.
// Not a decoder.
import { isSoundLzw } from './lzw.ts';

const TAGS = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  colours: 262,
  fillOrder: 266,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripSizes: 279,
  planes: 284,
  predictor: 317,
  palette: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileSizes: 325,
  extraSamples: 338,
  sampleFormat: 339,
  jpegTables: 347,
};
type Tag = keyof typeof TAGS;
const NEEDED = new Set<number>(Object.values(TAGS));

/** Bytes of a value by its type: byte, text, short, long, fraction, and the same once more with a sign and as floats. */
const TYPE_BYTES: Record<number, number | undefined> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8 };
const SHORT = 3;
const ENTRY_BYTES = 12;

const LZW = 5;
/** None, LZW, JPEG, deflate (two numbers), PackBits. Fax is left out: no photographs, and damage hangs the decoder. */
const COMPRESSIONS = [1, LZW, 7, 8, 32946, 32773];
const SEPARATE_PLANES = 2;
const FLOATING_POINT = 3;
/** RGBA with 16 bits each. */
const MAX_BITS_PER_PIXEL = 64;
const MAX_TILE_SIDE = 8192;

interface Entry {
  tag: number;
  /** Where it stands in the file. */
  at: number;
  /** Its values, unless they are of a type that isn't needed here. */
  values: number[];
}

interface Directory {
  entries: Entry[];
  /** Where the offset of the next page's directory stands. */
  nextAt: number;
}

/**
 * Why a TIFF file can't be decoded, to be said after "a TIFF that"; undefined if nothing speaks against it.
 *
 * @param bytes the whole file, with a TIFF signature
 */
export function findTiffProblem(bytes: Uint8Array): string | undefined {
  const directory = readDirectory(bytes);
  if (directory === undefined) return 'is damaged or cut short';
  const get = (tag: Tag) => directory.entries.find((entry) => entry.tag === TAGS[tag])?.values ?? [];

  const [compression = 1] = get('compression');
  if (!COMPRESSIONS.includes(compression)) return `is compressed in a way not known here (${compression})`;
  if (get('sampleFormat')[0] === FLOATING_POINT) return 'holds floating point numbers';
  if (get('planes')[0] === SEPARATE_PLANES) return 'keeps its colours in separate planes';
  const bits = (get('bitsPerSample')[0] ?? 1) * (get('samplesPerPixel')[0] ?? 1);
  if (bits > MAX_BITS_PER_PIXEL) return `has ${bits} bits per pixel, more than ${MAX_BITS_PER_PIXEL}`;
  const tileSide = Math.max(get('tileWidth')[0] ?? 0, get('tileHeight')[0] ?? 0);
  if (tileSide > MAX_TILE_SIDE) return `has tiles of ${tileSide} pixels, more than ${MAX_TILE_SIDE}`;

  const sizes = [...get('stripSizes'), ...get('tileSizes')];
  let total = 0;
  for (const [i, offset] of [...get('stripOffsets'), ...get('tileOffsets')].entries()) {
    const end = offset + (sizes[i] ?? 0);
    total += end - offset;
    // Strips that share bytes would make much work of a small file.
    if (end > bytes.length || total > bytes.length) return `is cut short (${bytes.length} bytes, pixels take ${Math.max(end, total)})`;
    if (compression === LZW && !isSoundLzw(bytes.subarray(offset, end))) return 'is damaged (a false LZW code)';
  }
  return undefined;
}

/**
 * A copy of a TIFF file with its first page only, and of that what a picture needs. The decoder would work through all
 * pages, camera makers' notes and directories within directories, even where they lead round in circles.
 *
 * @param file one that `findTiffProblem` has no objection to
 */
export function plainTiff(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  const { entries, nextAt } = readDirectory(file)!;
  copy.fill(0, nextAt, nextAt + 4);
  const width = entries.find(({ tag }) => tag === TAGS.width)!;
  for (const { tag, at } of entries) {
    // An entry can't be left out without moving the others: the width, said once more, takes its place.
    if (!NEEDED.has(tag)) file.copy(copy, at, width.at, width.at + ENTRY_BYTES);
  }
  return copy;
}

/** The first page's directory; undefined if it or the values that it points to reach beyond the file. */
function readDirectory(bytes: Uint8Array): Directory | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const short = (at: number) => view.getUint16(at, littleEndian);
  const long = (at: number) => view.getUint32(at, littleEndian);

  // A count, then entries: tag (2 bytes), type (2), number of values (4), the values if 4 bytes hold them, or their offset.
  const entries: Entry[] = [];
  try {
    const start = long(4) + 2;
    const nextAt = start + ENTRY_BYTES * short(start - 2);
    long(nextAt);
    for (let at = start; at < nextAt; at += ENTRY_BYTES) {
      const [tag, type, length] = [short(at), short(at + 2), long(at + 4)];
      const size = TYPE_BYTES[type] ?? 1;
      const first = length * size <= 4 ? at + 8 : long(at + 8);
      if (NEEDED.has(tag) && first + length * size > bytes.length) return undefined;
      const isNumber = NEEDED.has(tag) && (size === 2 || size === 4);
      const read = type === SHORT ? short : long;
      entries.push({ tag, at, values: isNumber ? Array.from({ length }, (_, i) => read(first + size * i)) : [] });
    }
    return { entries, nextAt };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
