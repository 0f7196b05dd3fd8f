/** The weights that come with the package, as paths of files. */
import { ModelError } from '../base/errors.ts';
import { SHIPPED_FILES, type ShippedName } from '../base/models.ts';
import { findFile } from './find-file.ts';

// Whole literals, so that bundlers find the files.
const WRITTEN: Record<ShippedName, () => URL> = {
  default: () => new URL('../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url),
  nano: () => new URL('../../weights/pipnet-nano-68.safetensors', import.meta.url),
  clean: () => new URL('../../weights/pipnet-clean-68.safetensors', import.meta.url),
  98: () => new URL('../../weights/pipnet-98.safetensors', import.meta.url),
  facegrid: () => new URL('../../weights/facegrid.safetensors', import.meta.url),
  faceboxes: () => new URL('../../weights/faceboxesv2.safetensors', import.meta.url),
};

export const shippedFile = (name: ShippedName): string =>
  findFile(`pipnet-wasm/weights/${SHIPPED_FILES[name]}.safetensors`, WRITTEN[name], ModelError);
