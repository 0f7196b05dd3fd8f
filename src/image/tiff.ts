// What jimp's TIFF decoder doesn't check itself: it would return black or wrong pixels, or never return. Not a decoder.
import { isSoundLzw } from './lzw.ts';

const TAGS = {
  compression: 259,
  stripOffsets: 273,
  stripSizes: 279,
  planes: 284,
  tileOffsets: 324,
  tileSizes: 325,
  sampleFormat: 339,
};

const LZW = 5;
/** None, LZW, JPEG, deflate (two numbers), PackBits. Fax is left out: no photographs, and damage hangs the decoder. */
const COMPRESSIONS = [1, LZW, 7, 8, 32946, 32773];
const SEPARATE_PLANES = 2;
const FLOATING_POINT = 3;

interface Directory {
  /** Values of a tag, [] if it is absent. */
  get(tag: keyof typeof TAGS): number[];
  /** Where the offset of the next page's directory stands. */
  nextOffsetAt: number;
}

/**
 * Why a TIFF file can't be decoded, to be said after "a TIFF that"; undefined if nothing speaks against it.
 *
 * @param bytes the whole file, with a TIFF signature
 */
export function findTiffProblem(bytes: Uint8Array): string | undefined {
  const directory = readDirectory(bytes);
  if (directory === undefined) return 'is damaged or cut short';
  const [compression = 1] = directory.get('compression');
  if (!COMPRESSIONS.includes(compression)) return `is compressed in a way not known here (${compression})`;
  if (directory.get('sampleFormat')[0] === FLOATING_POINT) return 'holds floating point numbers';
  if (directory.get('planes')[0] === SEPARATE_PLANES) return 'keeps its colours in separate planes';

  const offsets = [...directory.get('stripOffsets'), ...directory.get('tileOffsets')];
  const sizes = [...directory.get('stripSizes'), ...directory.get('tileSizes')];
  for (const [i, offset] of offsets.entries()) {
    const end = offset + (sizes[i] ?? 0);
    if (end > bytes.length) return `is cut short (${bytes.length} bytes, pixels up to byte ${end})`;
    if (compression === LZW && !isSoundLzw(bytes.subarray(offset, end))) return 'is damaged (a false LZW code)';
  }
  return undefined;
}

/** A copy of a TIFF file that ends after its first page: the decoder would work through all, even round in circles. */
export function firstTiffPage(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  const directory = readDirectory(copy);
  if (directory !== undefined) copy.fill(0, directory.nextOffsetAt, directory.nextOffsetAt + 4);
  return copy;
}

/** The first page's directory; undefined if it reaches beyond the file. */
function readDirectory(bytes: Uint8Array): Directory | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const short = (at: number) => view.getUint16(at, littleEndian);
  const long = (at: number) => view.getUint32(at, littleEndian);

  // A count, then entries of 12 bytes: tag, type (3: 16 bits, 4: 32 bits), number of values, values or their offset.
  const values = new Map<number, number[]>();
  try {
    const start = long(4);
    const nextOffsetAt = start + 2 + 12 * short(start);
    for (let entry = start + 2; entry < nextOffsetAt; entry += 12) {
      if (!Object.values(TAGS).includes(short(entry))) continue;
      const [read, size] = short(entry + 2) === 3 ? [short, 2] : [long, 4];
      const length = long(entry + 4);
      const first = length * size <= 4 ? entry + 8 : long(entry + 8);
      values.set(short(entry), Array.from({ length }, (_, i) => read(first + size * i)));
    }
    return { get: (tag) => values.get(TAGS[tag]) ?? [], nextOffsetAt };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
