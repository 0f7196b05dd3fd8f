// MATLAB's own format, versions 5 to 7 ("MAT-File Format", MathWorks): a header of 128 bytes, then elements, each a tag
// (type, length) and data padded to 8 bytes. Numbers, characters and cell arrays of them are read, little-endian.
import { readFile } from 'node:fs/promises';
import { inflateSync } from 'node:zlib';
import { DataError } from '../../base/errors.ts';
import { checkDims, guarded, MAX_MAT_BYTES, type MatArray, type MatFile } from './mat.ts';

const HEADER_BYTES = 128;
const MATRIX = 14;
const COMPRESSED = 15;
const CELL_CLASS = 1;
/** Classes from characters to 64-bit integers, less sparse matrices. */
const NUMERIC_CLASSES = [4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/** More than any dataset has; each takes a hundred bytes of ours, and may have none of the file's. */
const MAX_ELEMENTS = 1_000_000;

/** What holds the numbers of each type; 64-bit integers are made into numbers. */
const NUMBERS: Record<number, new (buffer: ArrayBuffer) => ArrayLike<number | bigint>> = {
  1: Int8Array,
  2: Uint8Array,
  3: Int16Array,
  4: Uint16Array,
  5: Int32Array,
  6: Uint32Array,
  7: Float32Array,
  9: Float64Array,
  12: BigInt64Array,
  13: BigUint64Array,
  // UTF-8 and UTF-16, of which labels use what is ASCII.
  16: Uint8Array,
  17: Uint16Array,
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

/** @throws DataError if the file is damaged, big-endian, or inflates to more than a dataset */
export async function openMat5(path: string): Promise<MatFile> {
  const read = <T>(action: () => T) => guarded(path, 'MATLAB', action);
  const bytes = await readFile(path).catch((error: Error) => {
    throw new DataError(`can't read ${path}: ${error.message}`, { cause: error });
  });
  const parse = parser();
  const matrices = read(() => {
    if (bytes[126] !== 0x49) throw new Error('its numbers are big-endian');
    return new Map(
      parse(bytes.subarray(HEADER_BYTES))
        .map((element) => matrixOf(element, parse))
        .map((matrix) => [matrix.name, matrix]),
    );
  });
  const find = (name: string): Matrix => {
    const matrix = matrices.get(name);
    if (!matrix) throw new DataError(`${path} has no array "${name}": is it the right file of the dataset?`);
    return matrix;
  };
  return {
    array: (name) => read(() => arrayOf(find(name))),
    cell: (name, index) =>
      read(() => {
        const { kind, rest } = find(name);
        if (kind !== CELL_CLASS || !rest[index]) throw new DataError(`${path}: "${name}" has no entry ${index}`);
        return arrayOf(matrixOf(rest[index], parse));
      }),
    has: (name) => matrices.has(name),
    close: () => {},
  };
}

type Parse = (bytes: Uint8Array) => Element[];

/** Gives the elements that follow one another in some bytes; all that one file's hold is limited together. */
function parser(): Parse {
  let left = MAX_MAT_BYTES;
  return function parse(bytes) {
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
      if (type === COMPRESSED) {
        const inflated = inflate(data, left);
        left -= inflated.length;
        for (const element of parse(inflated)) found.push(element);
      } else found.push({ type, data });
      if (found.length > MAX_ELEMENTS) throw new Error(`more than ${MAX_ELEMENTS} elements`);
      at = small ? at + 8 : begin + (type === COMPRESSED ? length : Math.ceil(length / 8) * 8);
    }
    return found;
  };
}

function inflate(data: Uint8Array, most: number): Uint8Array {
  try {
    return inflateSync(data, { maxOutputLength: Math.max(1, most) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new Error(`its arrays inflate to more than ${MAX_MAT_BYTES} bytes`);
  }
}

/** Flags (the class of the array), dimensions, name, contents. */
function matrixOf({ type, data }: Element, parse: Parse): Matrix {
  if (type !== MATRIX) throw new Error(`an element of type ${type} where an array should be`);
  const [flags, dims, name, ...rest] = parse(data);
  if (!name || flags.data.length === 0) throw new Error('an array without flags, dimensions or name');
  return { kind: flags.data[0], dims: Array.from(numbersOf(dims)), name: Buffer.from(name.data).toString('latin1'), rest };
}

function arrayOf({ name, kind, dims, rest }: Matrix): MatArray {
  if (!NUMERIC_CLASSES.includes(kind)) throw new Error(`"${name}" is no array of numbers or characters (class ${kind})`);
  const data = rest[0] ? numbersOf(rest[0]) : new Float64Array(0);
  checkDims(dims, data.length);
  return { dims, data };
}

function numbersOf({ type, data }: Element): ArrayLike<number> {
  const Numbers = NUMBERS[type];
  if (!Numbers) throw new Error(`numbers of type ${type}`);
  const size = (Numbers as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
  // Copied, since elements need not stand at multiples of their numbers' size.
  const numbers = new Numbers(new Uint8Array(data.subarray(0, data.length - (data.length % size))).buffer);
  return typeof numbers[0] === 'bigint' ? Float64Array.from(numbers, Number) : (numbers as ArrayLike<number>);
}
