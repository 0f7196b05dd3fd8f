/** Entry for Cloudflare Workers: the kernels are imported as modules, the models come from the caller. */
import { ImageError, ModelError } from '../../base/errors.ts';
import { isShippedName, optionOf, SHIPPED_FILES } from '../../base/models.ts';
import type { Pipnet as PipnetOf } from '../../api.ts';
import { createLoader } from '../../pipnet.ts';
import type { Pixels } from '../../base/types.ts';
import relaxed from '../../wasm/kernels/relaxed.wasm';
import simd from '../../wasm/kernels/simd.wasm';

export * from '../../index.ts';

/** A decoded picture; `decodeImage` of `pipnet-wasm/image` makes one of a JPEG or PNG. */
export type ImageSource = Pixels;
/** What `loadPipnet` gives here. */
export type Pipnet = PipnetOf<ImageSource>;

/**
 * Loads the models, from their bytes, and compiles the kernels.
 *
 * @throws ModelError if a model is missing, damaged or of another kind
 * @throws ArgumentError if an option is unknown or out of range
 */
export const loadPipnet = createLoader<ImageSource>({
  kernels: async () => ({ simd, relaxed }),
  threads: 'Cloudflare Workers have no threads',
  loadInWorker: 'Cloudflare Workers have no threads',
  async readModelFile(source) {
    if (!isShippedName(source)) throw new ModelError(`a Worker has no files: import ${source} as a binary module and give its bytes`);
    throw new ModelError(
      `a Worker has no files: import 'pipnet-wasm/weights/${SHIPPED_FILES[source]}.safetensors' as a binary module and give its bytes as \`${optionOf(source)}\``,
    );
  },
  async readImage(source) {
    if (typeof source === 'object' && source !== null && 'data' in source) return source;
    throw new ImageError(
      `${String(source)} is no decoded picture: give { data, width, height }; decodeImage of pipnet-wasm/image makes one`,
    );
  },
});
