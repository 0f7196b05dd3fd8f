/**
 * Entry for Node, Deno and Bun: models come from files, pictures from paths, URLs or encoded bytes too.
 *
 * @module pipnet-wasm
 */
import { ImageError } from '../../base/errors.ts';
import { readModelFile } from '../../files/read-model-file.ts';
import { isImageBytes, type ImageBytes } from '../../image/bytes.ts';
import { kindOf } from '../../base/kind.ts';
import type { Pipnet as PipnetOf } from '../../api.ts';
import { createLoader } from '../../pipnet.ts';
import type { Pixels } from '../../base/types.ts';
import { inlinedKernels } from '../../wasm/inlined-kernels.ts';
import { spawnThread } from './spawn-thread.ts';

export * from '../../index.ts';

/** A decoded picture, an `ImageData`, a path, a `file:` URL, or the bytes of a JPEG, PNG, BMP, GIF, WebP or AVIF. */
export type ImageSource = Pixels | string | URL | ImageBytes;
/** What `loadPipnet` gives here. */
export type Pipnet = PipnetOf<ImageSource>;

/**
 * Loads the models, by name, or from paths, `file:` URLs or bytes, and compiles the kernels.
 *
 * @throws ModelError if a model file is missing, damaged or of another kind
 * @throws ArgumentError if an option is unknown or out of range
 */
export const loadPipnet = createLoader<ImageSource>({
  kernels: async () => inlinedKernels(),
  threads: spawnThread,
  readModelFile,
  async readImage(source) {
    // Loaded for files only: who gives pixels needs no decoder.
    if (isImageBytes(source)) return (await import('./decode.ts')).decodeImage(source);
    if (typeof source === 'string' || kindOf(source) === 'URL') return (await import('./decode.ts')).readImage(source as string | URL);
    if (typeof source === 'object' && source !== null && 'data' in source) return source;
    throw new ImageError(
      `${kindOf(source) === 'Object' ? 'an object without data' : String(source)} is no picture: give { data, width, height }, a path, a URL, encoded bytes or a Blob`,
    );
  },
});
