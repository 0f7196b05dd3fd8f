/** Entry for browsers, their module workers, and every other runtime: models are fetched from beside this file. */
import { ImageError, ModelError } from '../errors.ts';
import { isImageBytes, type ImageBytes } from '../image/bytes.ts';
import { createLoader, type Pipnet as PipnetOf } from '../pipnet.ts';
import type { Pixels } from '../types.ts';
import { inlinedKernels } from './inlined-kernels.ts';
import { spawnWorker } from './spawn-worker.ts';

export * from '../index.ts';

/** A decoded picture, an `ImageData`, whatever a canvas can draw, or an encoded picture as bytes or a `Blob`. */
export type ImageSource = Pixels | ImageBitmap | HTMLImageElement | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | VideoFrame | ImageBytes;
export type Pipnet = PipnetOf<ImageSource>;

export const loadPipnet = createLoader<ImageSource>({
  kernels: async () => inlinedKernels(),
  threads: globalThis.crossOriginIsolated
    ? spawnWorker
    : 'threads need shared memory, which a page has only if it is served with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
  // Whole literals, so that bundlers find the files.
  shippedModel: () => fetchModel(new URL('../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url)),
  shippedDetector: () => fetchModel(new URL('../../weights/faceboxesv2.safetensors', import.meta.url)),
  readModelFile: fetchModel,
  readImage,
});

async function fetchModel(source: string | URL): Promise<Uint8Array> {
  const response = await fetch(source).catch((error: Error) => {
    throw new ModelError(`${source} can't be fetched: ${error.message}`);
  });
  if (!response.ok) throw new ModelError(`${source} can't be fetched: status ${response.status}; serve the file, or give its bytes`);
  return new Uint8Array(await response.arrayBuffer());
}

async function readImage(source: ImageSource): Promise<Pixels> {
  if (isImageBytes(source)) return (await import('../image/decode-browser.ts')).decodeImage(source);
  if (typeof source !== 'object' || source === null) throw new ImageError(`${String(source)} is no picture: give pixels, encoded bytes, a Blob, or what a canvas can draw`);
  return 'data' in source ? source : draw(source);
}

function draw(source: Exclude<ImageSource, Pixels | ImageBytes>): Pixels {
  const { width, height } = sizeOf(source);
  if (!(width > 0 && height > 0)) throw new ImageError(`a ${source.constructor.name} of ${width} x ${height} pixels: wait until it is loaded`);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  try {
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    throw new ImageError(`a ${source.constructor.name} can't be read: ${(error as Error).message}`);
  }
}

function sizeOf(source: Exclude<ImageSource, Pixels | ImageBytes>): { width: number; height: number } {
  if ('naturalWidth' in source) return { width: source.naturalWidth, height: source.naturalHeight };
  if ('videoWidth' in source) return { width: source.videoWidth, height: source.videoHeight };
  if ('displayWidth' in source) return { width: source.displayWidth, height: source.displayHeight };
  return source;
}
