// What an AVIF file says of its picture (ISO/IEC 23008-12, HEIF): size, and how it is turned and mirrored. AVIF's own
// boxes tell that, not EXIF data, and the decoder leaves it to whoever calls it.
import { isText } from './exif.ts';

export interface Avif {
  /** Of the largest picture in the file. */
  width: number;
  height: number;
  /** EXIF's numbers of the turn and, after it, the mirroring that show the main picture. */
  orientations: [turn: number, mirroring: number];
}

interface Box {
  type: string;
  data: Uint8Array;
}

/** EXIF's number of 0 to 3 quarter turns against the clock. */
const TURNS = [1, 8, 3, 6];
/** EXIF's number of: upside down, left and right exchanged. */
const MIRRORINGS = [4, 2];

/** @throws Error if the file doesn't tell its size */
export function readAvif(file: Uint8Array): Avif {
  const meta = find(boxesOf(file), 'meta')?.data.subarray(4) ?? new Uint8Array(0);
  const boxes = [...boxesOf(meta)];
  const properties = [...boxesOf(find(boxes, 'iprp')?.data ?? meta)];
  const values = [...boxesOf(find(properties, 'ipco')?.data ?? new Uint8Array(0))];
  const sizes = values
    .filter(({ type, data }) => type === 'ispe' && data.length >= 12)
    .map(({ data }) => ({ width: uint(data, 4, 4), height: uint(data, 8, 4) }))
    .sort((a, b) => b.width * b.height - a.width * a.height);
  if (sizes.length === 0) throw new Error('it does not tell its size');

  const own = mainProperties(find(boxes, 'pitm')?.data, find(properties, 'ipma')?.data).map((index) => values[index - 1]);
  const turn = find(own, 'irot')?.data[0] ?? 0;
  const axis = find(own, 'imir')?.data[0];
  return { ...sizes[0], orientations: [TURNS[turn & 3], axis === undefined ? 1 : MIRRORINGS[axis & 1]] };
}

function find(boxes: Iterable<Box | undefined>, type: string): Box | undefined {
  for (const box of boxes) if (box?.type === type) return box;
  return undefined;
}

/** Boxes: length of all, type, length again in 8 bytes if it was 1, data. */
function* boxesOf(bytes: Uint8Array): Generator<Box> {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    let length = uint(bytes, at, 4);
    const header = length === 1 ? 16 : 8;
    if (length === 1) length = uint(bytes, at + 8, 8);
    if (length === 0) length = bytes.length - at;
    if (!(length >= header)) return;
    yield { type, data: bytes.subarray(at + header, at + length) };
    at += length;
  }
}

/** Numbers, from 1, of the properties that belong to the main picture. */
function mainProperties(main: Uint8Array | undefined, associations: Uint8Array | undefined): number[] {
  if (!main || !associations) return [];
  const id = main[0] === 0 ? uint(main, 4, 2) : uint(main, 4, 4);
  const idBytes = associations[0] === 0 ? 2 : 4;
  const indexBytes = associations[3] & 1 ? 2 : 1;
  let at = 8;
  for (let left = uint(associations, 4, 4); left > 0 && at < associations.length; left--) {
    const item = uint(associations, at, idBytes);
    const count = associations[at + idBytes];
    at += idBytes + 1;
    // The highest bit says that the property is essential.
    const indices = Array.from(
      { length: count },
      (_, i) => uint(associations, at + i * indexBytes, indexBytes) & (indexBytes === 2 ? 0x7fff : 0x7f),
    );
    if (item === id) return indices;
    at += count * indexBytes;
  }
  return [];
}

/** Whether a file of this family (`ftyp`) has one of the brands, the main or a compatible one. */
export function hasBrand(file: Uint8Array, brands: string[]): boolean {
  if (!isText(file, 4, 'ftyp')) return false;
  const end = Math.min(uint(file, 0, 4), file.length, 1024);
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12 && brands.some((brand) => isText(file, at, brand))) return true;
  return false;
}

/** A number, the highest byte first; bytes that aren't there count as 0. */
function uint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
