// Which way up a picture stands, by its EXIF data. JPEG, PNG and WebP carry the same block: a TIFF directory.

/** Tag of the orientation and type of its value (Exif 3.0, 4.6.5). */
const ORIENTATION = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/**
 * Where a block of EXIF data says which way up its picture stands.
 *
 * @param exif from the byte order's mark on; `Exif\0\0` may stand before it
 * @returns offset in `exif` of the byte that holds 1 to 8; undefined if there is none, or the block is damaged
 */
export function findOrientation(exif: Uint8Array): number | undefined {
  const start = isText(exif, 0, 'Exif\0\0') ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.byteLength - start);
  const littleEndian = isText(exif, start, 'II*\0');
  if ((!littleEndian && !isText(exif, start, 'MM\0*')) || view.byteLength < 8) return undefined;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > view.byteLength) return undefined;
  const first = directory + 2;
  const end = first + ENTRY_BYTES * view.getUint16(directory, littleEndian);
  // Tag (2 bytes), type (2), number of values (4), value (up to 4).
  for (let at = first; at < end && at + ENTRY_BYTES <= view.byteLength; at += ENTRY_BYTES) {
    if (view.getUint16(at, littleEndian) !== ORIENTATION || view.getUint16(at + 2, littleEndian) !== SHORT) continue;
    const value = view.getUint16(at + 8, littleEndian);
    return value >= 1 && value <= 8 ? start + at + (littleEndian ? 8 : 9) : undefined;
  }
  return undefined;
}

/** Whether Latin-1 text stands there. */
export function isText(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
