// A check of LZW data as TIFF packs it, without unpacking it.

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const FIRST_WIDTH = 9;
const LAST_WIDTH = 12;

/**
 * Whether each code is defined when it is used. jimp's decoder follows an undefined one round in circles for ever.
 *
 * @param bytes one strip or tile: codes of 9 to 12 bits, the highest bit first
 */
export function isSoundLzw(bytes: Uint8Array): boolean {
  let width = FIRST_WIDTH;
  let free = FIRST_FREE;
  let afterClear = true;
  for (let bit = 0; bit < bytes.length * 8; ) {
    const at = bit >> 3;
    const three = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    const code = (three >> (24 - (bit & 7) - width)) & ((1 << width) - 1);
    bit += width;
    if (code === END) return true;
    if (code === CLEAR) {
      width = FIRST_WIDTH;
      free = FIRST_FREE;
      afterClear = true;
      continue;
    }
    // The code that is defined next may be used already; the first after a clear defines none.
    if (code > free || (afterClear && code >= FIRST_FREE)) return false;
    if (!afterClear) free++;
    if (free + 1 === 1 << width && width < LAST_WIDTH) width++;
    afterClear = false;
  }
  return true;
}
