// MATLAB 7.3 files through the HDF5 library compiled to WebAssembly. It reads what is asked for from the file: COFW's
// pictures need not fit into memory.
import type { Dataset, Reference } from 'h5wasm';
import { DataError } from '../../../errors.ts';
import type { MatArray, MatFile } from './mat.ts';

/** @throws DataError if the file is damaged */
export async function openMat73(path: string): Promise<MatFile> {
  const { default: h5wasm } = await import('h5wasm/node');
  // Otherwise damage is printed to the terminal, over pages, and reads go on.
  (await h5wasm.ready).activate_throwing_error_handler();
  const file = guarded(path, () => new h5wasm.File(path, 'r'));
  const dataset = (name: string): Dataset => {
    const found = guarded(path, () => file.get(name));
    if (!(found instanceof h5wasm.Dataset)) throw new DataError(`${path} has no array "${name}": is it the right file of the dataset?`);
    return found;
  };
  const references = new Map<string, Reference[]>();
  return {
    array: (name) => arrayOf(path, dataset(name)),
    cell(name, index) {
      const cells = dataset(name);
      if (!references.has(name)) references.set(name, guarded(path, () => (cells.value as Reference[]).flat(2) as Reference[]));
      const reference = references.get(name)?.[index];
      const entry = reference && guarded(path, () => cells.dereference(reference));
      if (!(entry instanceof h5wasm.Dataset)) throw new DataError(`${path}: "${name}" has no entry ${index}`);
      return arrayOf(path, entry);
    },
    has: (name) => file.keys().includes(name),
    close: () => void file.close(),
  };
}

/** HDF5 counts dimensions the other way round, which makes the order of the numbers the same. */
function arrayOf(path: string, dataset: Dataset): MatArray {
  const data = guarded(path, () => dataset.value);
  if (!ArrayBuffer.isView(data)) throw new DataError(`${path}: an array of numbers was expected in ${dataset.path}`);
  return { dims: [...(dataset.shape ?? [])].reverse(), data: data as unknown as Float64Array };
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new DataError(`${path} is a damaged or unusual HDF5 file: ${reasonOf(error)}`, { cause: error });
  }
}

/** The library tells its whole stack, a line "#006: file line 577 in function(): reason" for each call; the last one knows. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return [...message.matchAll(/^ *#\d+: .*?\(\): (.*)$/gm)].at(-1)?.[1] ?? message;
}
