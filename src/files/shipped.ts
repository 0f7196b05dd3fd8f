/** The weights that come with the package, as paths of files. */
import { ModelError } from '../base/errors.ts';
import { findFile } from './find-file.ts';

// Whole literals, so that bundlers find the files.
export const shippedModel = (): string =>
  findFile(
    'pipnet-wasm/weights/pipnet-mobilenetv2-68.safetensors',
    () => new URL('../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url),
    ModelError,
  );
export const shippedDetector = (): string =>
  findFile(
    'pipnet-wasm/weights/faceboxesv2.safetensors',
    () => new URL('../../weights/faceboxesv2.safetensors', import.meta.url),
    ModelError,
  );
