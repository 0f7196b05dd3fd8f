// What browsers and their module workers know: models are fetched from beside this file.
import { ImageError, ModelError } from '../../base/errors.ts';
import { kindOf } from '../../base/kind.ts';
import { isShippedName, optionOf, SHIPPED_FILES, type ShippedName } from '../../base/models.ts';
import type { Pixels } from '../../base/types.ts';
import { isImageBytes, type ImageBytes } from '../../image/bytes.ts';
import type { Platform } from '../../pipnet.ts';
import { inlinedKernels } from '../../wasm/inlined-kernels.ts';
import { draw, isDrawable, type Drawable } from './drawable.ts';
import { spawnWorker } from './spawn-worker.ts';

/**
 * A decoded picture, an `ImageData`, whatever a canvas can draw, or an encoded picture as bytes or a `Blob`. With
 * `moduleResolution: bundler`, TypeScript shows these declarations to programs for Node as well: the paths and URLs that
 * Node takes are in them too, and refused by browsers.
 */
export type ImageSource = Pixels | string | URL | ImageBytes | Drawable;

// Whole literals, so that bundlers find the files.
const WRITTEN: Record<ShippedName, () => URL> = {
  default: () => new URL('../../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url),
  nano: () => new URL('../../../weights/pipnet-nano-68.safetensors', import.meta.url),
  clean: () => new URL('../../../weights/pipnet-clean-68.safetensors', import.meta.url),
  98: () => new URL('../../../weights/pipnet-98.safetensors', import.meta.url),
  facegrid: () => new URL('../../../weights/facegrid.safetensors', import.meta.url),
  faceboxes: () => new URL('../../../weights/faceboxesv2.safetensors', import.meta.url),
};

type Decoder = () => Promise<typeof import('./decode.ts')>;

/** @param decoder imports what decodes pictures: later, or in a worker at once, since some bundles of workers are of one piece */
export const platformWith = (decoder: Decoder): Omit<Platform<ImageSource>, 'loadInWorker'> => ({
  kernels: async () => inlinedKernels(),
  threads: globalThis.crossOriginIsolated
    ? spawnWorker
    : 'threads need shared memory, which a page has only if it is served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
  readModelFile: (source) => (isShippedName(source) ? fetchShipped(source) : fetchModel(source, 'serve the file, or give its bytes')),
  readImage: (source) => readImage(source, decoder),
});

/** The weights that come with the package, from where a bundler has put them or hasn't. */
async function fetchShipped(name: ShippedName): Promise<Uint8Array> {
  const file = `${SHIPPED_FILES[name]}.safetensors`;
  const advice = `if a bundler has lost it, copy node_modules/pipnet-wasm/weights/${file} to the site and give its URL as \`${optionOf(name)}\``;
  let url: URL;
  try {
    url = WRITTEN[name]();
  } catch {
    throw new ModelError(`${file} can't be found from a script that is no ES module; ${advice}`);
  }
  return fetchModel(url, advice);
}

/**
 * @param advice what to do if it isn't there
 * @throws ModelError if it isn't
 */
async function fetchModel(source: string | URL, advice: string): Promise<Uint8Array> {
  try {
    const response = await fetch(source);
    if (!response.ok) throw new Error(`status ${response.status}`);
    // What servers of single-page applications answer for a file that they don't have.
    if (response.headers.get('Content-Type')?.startsWith('text/html')) throw new Error('the server answers with a page');
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new ModelError(`${source} can't be fetched: ${(error as Error).message}; ${advice}`);
  }
}

async function readImage(source: ImageSource, decoder: Decoder): Promise<Pixels> {
  if (isImageBytes(source)) return (await decoder()).decodeImage(source);
  if (typeof source !== 'object' || source === null || kindOf(source) === 'URL')
    throw new ImageError(`${String(source)} is no picture: give pixels, encoded bytes, a Blob, or what a canvas can draw`);
  return isDrawable(source) ? draw(source) : (source as Pixels);
}
