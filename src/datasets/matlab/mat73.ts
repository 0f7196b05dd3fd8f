// MATLAB 7.3 files through the HDF5 library compiled to WebAssembly. It reads what is asked for from the file: COFW's
// pictures need not fit into memory.
import type { Dataset, Reference } from 'h5wasm';
import { DataError, reasonOf } from '../../base/errors.ts';
import { checkDims, guarded, MAX_MAT_BYTES, type MatArray, type MatFile } from './mat.ts';

/** @throws DataError if the file is damaged, or the library, which isn't installed with the package, is missing */
export async function openMat73(path: string): Promise<MatFile> {
  const { default: h5wasm } = await import('h5wasm/node').catch((error: unknown) => {
    throw new DataError(
      `${path} is a MATLAB 7.3 file, which h5wasm reads (${reasonOf(error)}): run "npm install h5wasm" beside pipnet-wasm`,
    );
  });
  const { FS } = await h5wasm.ready;
  const read = <T>(action: () => T) => guarded(path, 'HDF5', () => withErrors(FS as unknown as FileSystem, action));
  const file = read(() => new h5wasm.File(path, 'r'));
  const dataset = (name: string): Dataset => {
    const found = file.get(name);
    if (!(found instanceof h5wasm.Dataset)) throw new DataError(`${path} has no array "${name}": is it the right file of the dataset?`);
    return found;
  };
  const references = new Map<string, Reference[]>();
  return {
    array: (name) => read(() => arrayOf(dataset(name))),
    cell: (name, index) =>
      read(() => {
        const cells = dataset(name);
        if (!references.has(name)) references.set(name, (readValue(cells) as Reference[]).flat(2) as Reference[]);
        const reference = references.get(name)?.[index];
        const entry = reference && cells.dereference(reference);
        if (!(entry instanceof h5wasm.Dataset)) throw new DataError(`${path}: "${name}" has no entry ${index}`);
        return arrayOf(entry);
      }),
    has: (name) => read(() => file.keys().includes(name)),
    close: () => read(() => void file.close()),
  };
}

/** HDF5 counts dimensions the other way round, which makes the order of the numbers the same. */
function arrayOf(dataset: Dataset): MatArray {
  const value = readValue(dataset);
  if (!ArrayBuffer.isView(value) || value instanceof DataView) throw new Error(`an array of numbers was expected in ${dataset.path}`);
  const data =
    value instanceof BigInt64Array || value instanceof BigUint64Array ? Float64Array.from(value, Number) : (value as Float64Array);
  const dims = [...(dataset.shape ?? [])].reverse();
  checkDims(dims, data.length);
  return { dims, data };
}

/** A few bytes can claim any size. */
function readValue(dataset: Dataset): Dataset['value'] {
  const { size, total_size: numbers } = dataset.metadata;
  if (size * numbers > MAX_MAT_BYTES) throw new Error(`${dataset.path} has ${size * numbers} bytes, more than any dataset`);
  return dataset.value;
}

/** As much of the library's as we touch; all that it reads and prints goes through it. */
interface FileSystem {
  write(stream: { fd: number }, buffer: Uint8Array, offset: number, length: number, position?: number): number;
}

const STANDARD_ERROR = 2;

/**
 * Runs what calls the library, which tells of damage on standard error, over pages, and reads on. (It can be made to throw
 * there, but leaves its stack as it is, and fails for good after some thousand times.)
 *
 * @throws Error with the reason, if it told one
 */
function withErrors<T>(files: FileSystem, action: () => T): T {
  const { write } = files;
  let told = '';
  files.write = (stream, buffer, offset, length, position) => {
    if (stream.fd !== STANDARD_ERROR) return write.call(files, stream, buffer, offset, length, position);
    told += Buffer.from(buffer.subarray(offset, offset + length)).toString('latin1');
    return length;
  };
  try {
    const result = action();
    if (told === '') return result;
  } catch (error) {
    if (error instanceof DataError || told === '') throw error;
  } finally {
    files.write = write;
  }
  // A line "#006: file line 577 in function(): reason" for each call of its stack; the last one knows.
  throw new Error([...told.matchAll(/^ *#\d+: .*?\(\): (.*)$/gm)].at(-1)?.[1] ?? told);
}
