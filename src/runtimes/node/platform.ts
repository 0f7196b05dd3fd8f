// What Node, Deno and Bun know: models are files, pictures are paths, URLs or encoded bytes too.
import { ImageError } from '../../base/errors.ts';
import { kindOf } from '../../base/kind.ts';
import type { Pixels } from '../../base/types.ts';
import { readModelFile } from '../../files/read-model-file.ts';
import { isImageBytes, type ImageBytes } from '../../image/bytes.ts';
import type { Platform } from '../../pipnet.ts';
import { inlinedKernels } from '../../wasm/inlined-kernels.ts';
import { spawnThread } from './spawn-thread.ts';

/** A decoded picture, an `ImageData`, a path, a `file:` URL, or the bytes of a JPEG, PNG, BMP, GIF, WebP or AVIF. */
export type ImageSource = Pixels | string | URL | ImageBytes;
export const platform: Omit<Platform<ImageSource>, 'loadInWorker'> = {
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
};
