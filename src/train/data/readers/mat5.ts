// MATLAB's own format, versions 5 to 7 ("MAT-File Format", MathWorks): a header of 128 bytes, then elements, each a tag
// (type, length) and data padded to 8 bytes. Numbers, characters and cell arrays of them are read, little-endian.
import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { DataError } from '../../../errors.ts';
import type { MatArray, MatFile } from './mat.ts';

const HEADER_BYTES = 128;
const MATRIX = 14;
const COMPRESSED = 15;
const CELL_CLASS = 1;
/** Classes from characters to 64-bit integers, less sparse matrices. */
const NUMERIC_CLASSES = [4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/** More than any list of labels: a compressed file that claims more is hostile. */
const MAX_INFLATED = 2 ** 30;

/** Bytes and reader of each type of number. */
const NUMBERS: Record<number, [number, (view: DataView, at: number) => number]> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
  12: [8, (view, at) => Number(view.getBigInt64(at, true))],
  13: [8, (view, at) => Number(view.getBigUint64(at, true))],
  // UTF-8 and UTF-16, of which labels use what is ASCII.
  16: [1, (view, at) => view.getUint8(at)],
  17: [2, (view, at) => view.getUint16(at, true)],
};

interface Element {
  type: number;
  data: Uint8Array;
}

interface Matrix {
  name: string;
  dims: number[];
  kind: number;
  rest: Element[];
}

/** @throws DataError if the file is damaged or big-endian */
export async function openMat5(path: string): Promise<MatFile> {
  const bytes = new Uint8Array(await readFile(path));
  const matrices = guarded(path, () => {
    if (bytes[126] !== 0x49) throw new Error('its numbers are big-endian');
    return new Map(elements(bytes.subarray(HEADER_BYTES)).map(matrixOf).map((matrix) => [matrix.name, matrix]));
  });
  const find = (name: string): Matrix => {
    const matrix = matrices.get(name);
    if (!matrix) throw new DataError(`${path} has no array "${name}": is it the right file of the dataset?`);
    return matrix;
  };
  return {
    array: (name) => guarded(path, () => arrayOf(find(name))),
    cell: (name, index) => guarded(path, () => {
      const { kind, rest } = find(name);
      if (kind !== CELL_CLASS || !rest[index]) throw new DataError(`${path}: "${name}" has no entry ${index}`);
      return arrayOf(matrixOf(rest[index]));
    }),
    has: (name) => matrices.has(name),
    close: () => {},
  };
}

/** The elements that follow one another in some bytes. */
function elements(bytes: Uint8Array): Element[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: Element[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const tag = view.getUint32(at, true);
    // Up to four bytes of data stand in the tag itself, whose upper half is their count.
    const small = tag >>> 16;
    const length = small || view.getUint32(at + 4, true);
    const begin = small ? at + 4 : at + 8;
    if (begin + length > bytes.length) throw new Error(`an element of ${length} bytes reaches beyond the end`);
    const type = tag & 0xffff;
    const data = bytes.subarray(begin, begin + length);
    found.push(...(type === COMPRESSED ? elements(inflateSync(data, { maxOutputLength: MAX_INFLATED })) : [{ type, data }]));
    at = small ? at + 8 : begin + (type === COMPRESSED ? length : Math.ceil(length / 8) * 8);
  }
  return found;
}

/** Flags (the class of the array), dimensions, name, contents. */
function matrixOf({ type, data }: Element): Matrix {
  if (type !== MATRIX) throw new Error(`an element of type ${type} where an array should be`);
  const [flags, dims, name, ...rest] = elements(data);
  return { kind: flags.data[0], dims: [...numbersOf(dims)], name: String.fromCharCode(...name.data), rest };
}

function arrayOf({ name, kind, dims, rest }: Matrix): MatArray {
  if (!NUMERIC_CLASSES.includes(kind)) throw new Error(`"${name}" is no array of numbers or characters (class ${kind})`);
  const data = rest[0] ? numbersOf(rest[0]) : new Float64Array(0);
  if (data.length !== dims.reduce((product, size) => product * size, 1)) throw new Error(`"${name}" holds ${data.length} numbers for ${dims.join(' x ')}`);
  return { dims, data };
}

function numbersOf({ type, data }: Element): Float64Array {
  const [size, read] = NUMBERS[type] ?? [];
  if (!size || !read) throw new Error(`numbers of type ${type}`);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return Float64Array.from({ length: Math.floor(data.length / size) }, (_, i) => read(view, i * size));
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path} is a damaged or unusual MATLAB file: ${(error as Error).message}`, { cause: error });
  }
}
