/** Entry for browsers, their module workers, and every other runtime: models are fetched from beside this file. */
import { ImageError, ModelError } from '../../base/errors.ts';
import { isImageBytes, type ImageBytes } from '../../image/bytes.ts';
import { kindOf } from '../../base/kind.ts';
import { isShippedName, optionOf, SHIPPED_FILES, type ShippedName } from '../../base/models.ts';
import type { Pipnet as PipnetOf } from '../../api.ts';
import { createLoader } from '../../pipnet.ts';
import type { Pixels } from '../../base/types.ts';
import { inlinedKernels } from '../../wasm/inlined-kernels.ts';
import { spawnWorker } from './spawn-worker.ts';

export * from '../../index.ts';

/** What a canvas can draw. A class that the program's `lib` doesn't know is left out. */
export type Drawable<
  Name = 'ImageBitmap' | 'HTMLImageElement' | 'HTMLVideoElement' | 'HTMLCanvasElement' | 'OffscreenCanvas' | 'VideoFrame',
> = Name extends string ? (typeof globalThis extends Record<Name, { prototype: infer Instance }> ? Instance : never) : never;

/**
 * A decoded picture, an `ImageData`, whatever a canvas can draw, or an encoded picture as bytes or a `Blob`. With
 * `moduleResolution: bundler`, TypeScript shows these declarations to programs for Node as well: the paths and URLs that
 * Node takes are in them too, and refused by browsers.
 */
export type ImageSource = Pixels | string | URL | ImageBytes | Drawable;
/** What `loadPipnet` gives here. */
export type Pipnet = PipnetOf<ImageSource>;

// Whole literals, so that bundlers find the files.
const WRITTEN: Record<ShippedName, () => URL> = {
  default: () => new URL('../../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url),
  nano: () => new URL('../../../weights/pipnet-nano-68.safetensors', import.meta.url),
  clean: () => new URL('../../../weights/pipnet-clean-68.safetensors', import.meta.url),
  98: () => new URL('../../../weights/pipnet-98.safetensors', import.meta.url),
  facegrid: () => new URL('../../../weights/facegrid.safetensors', import.meta.url),
  faceboxes: () => new URL('../../../weights/faceboxesv2.safetensors', import.meta.url),
};

/**
 * Loads the models, by name, or from URLs or bytes, and compiles the kernels.
 *
 * @throws ModelError if a model can't be fetched, is damaged or of another kind
 * @throws ArgumentError if an option is unknown or out of range
 */
export const loadPipnet = createLoader<ImageSource>({
  kernels: async () => inlinedKernels(),
  threads: globalThis.crossOriginIsolated
    ? spawnWorker
    : 'threads need shared memory, which a page has only if it is served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
  readModelFile: (source) => (isShippedName(source) ? fetchShipped(source) : fetchModel(source, 'serve the file, or give its bytes')),
  readImage,
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

async function readImage(source: ImageSource): Promise<Pixels> {
  if (isImageBytes(source)) return (await import('./decode.ts')).decodeImage(source);
  if (typeof source !== 'object' || source === null || kindOf(source) === 'URL')
    throw new ImageError(`${String(source)} is no picture: give pixels, encoded bytes, a Blob, or what a canvas can draw`);
  return 'data' in source ? source : draw(source as Drawable);
}

function draw(source: Drawable): Pixels {
  const { width, height } = sizeOf(source);
  if (!(width > 0 && height > 0))
    throw new ImageError(`a ${source.constructor.name} of ${width} x ${height} pixels: wait until it is loaded`);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  try {
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new ImageError(`a ${source.constructor.name} can't be read: ${(error as Error).message}`);
  }
}

function sizeOf(source: Drawable): { width: number; height: number } {
  if ('naturalWidth' in source) return { width: source.naturalWidth, height: source.naturalHeight };
  if ('videoWidth' in source) return { width: source.videoWidth, height: source.videoHeight };
  if ('displayWidth' in source) return { width: source.displayWidth, height: source.displayHeight };
  return source;
}
