import { readFile, stat } from 'node:fs/promises';
import { ModelError } from '../base/errors.ts';
import { DETECTOR_NAMES, isShippedName, MODEL_NAMES } from '../base/models.ts';
import { shippedFile } from './shipped.ts';

/** Larger than any model that fits into WebAssembly memory. */
const MAX_MODEL_BYTES = 2 ** 31;

/**
 * The bytes of a model or checkpoint, of one of the package's where its name is given.
 *
 * @throws ModelError if the file is missing, not a file, or larger than 2 GB
 */
export async function readModelFile(source: string | URL): Promise<Uint8Array> {
  const path = isShippedName(source) ? shippedFile(source) : source;
  try {
    const { size } = await stat(path);
    if (size > MAX_MODEL_BYTES) throw new ModelError(`${source} has ${size} bytes: models are smaller than 2 GB`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? `there is no such file${namesFor(source)}` : code === 'EISDIR' ? 'it is a folder' : message;
    throw new ModelError(`${source} can't be read: ${reason}`);
  }
}

/** For who wanted one of the package's: a mere word names no file. */
function namesFor(source: string | URL): string {
  if (!/^\w+$/.test(String(source))) return '';
  return `; those that ship are the models ${MODEL_NAMES.join(', ')} and the detectors ${DETECTOR_NAMES.join(', ')}`;
}
