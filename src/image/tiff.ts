// Two facts from a TIFF file's first directory that jimp's decoder doesn't check: where the pixel data ends (missing
// data would come out black) and whether pixels are floating point numbers (they would come out wrong). Not a decoder.

const STRIP_OFFSETS = 273;
const STRIP_BYTE_COUNTS = 279;
const TILE_OFFSETS = 324;
const TILE_BYTE_COUNTS = 325;
const SAMPLE_FORMAT = 339;
const FLOATING_POINT = 3;

/**
 * Reads the first directory of a TIFF file.
 *
 * @returns `dataEnd`: offset behind the last byte of pixel data (Infinity if the directory itself lies outside the
 *   file); `floatingPoint`: whether samples are floating point numbers
 */
export function readTiffLayout(bytes: Uint8Array): { dataEnd: number; floatingPoint: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = bytes[0] === 0x49;
  const short = (at: number) => view.getUint16(at, littleEndian);
  const long = (at: number) => view.getUint32(at, littleEndian);

  // A directory is a count and entries of 12 bytes: tag, type (3: 16 bits, 4: 32 bits), count, value or its offset.
  const tags = new Map<number, number[]>();
  try {
    const directory = long(4);
    for (let entry = 0; entry < short(directory); entry++) {
      const at = directory + 2 + 12 * entry;
      const width = short(at + 2) === 3 ? 2 : 4;
      const count = long(at + 4);
      const values = count * width <= 4 ? at + 8 : long(at + 8);
      if ([STRIP_OFFSETS, STRIP_BYTE_COUNTS, TILE_OFFSETS, TILE_BYTE_COUNTS, SAMPLE_FORMAT].includes(short(at))) {
        tags.set(short(at), Array.from({ length: count }, (_, i) => (width === 2 ? short : long)(values + width * i)));
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return { dataEnd: Infinity, floatingPoint: false };
    throw error;
  }
  const offsets = tags.get(STRIP_OFFSETS) ?? tags.get(TILE_OFFSETS) ?? [];
  const counts = tags.get(STRIP_BYTE_COUNTS) ?? tags.get(TILE_BYTE_COUNTS) ?? [];
  const dataEnd = offsets.reduce((end, offset, i) => Math.max(end, offset + (counts[i] ?? 0)), 0);
  return { dataEnd, floatingPoint: tags.get(SAMPLE_FORMAT)?.[0] === FLOATING_POINT };
}
