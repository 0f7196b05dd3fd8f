// JPEGs in Node, Deno and Bun: through mozjpeg, six times as fast as jimp's decoder and with libjpeg's pixels, as OpenCV and
// Pillow have them; CMYK, which mozjpeg doesn't convert, through jimp. Which of them is known before either starts.
import type { Pixels } from '../types.ts';
import { createDecoder, type Decoder } from './emscripten.ts';
import { MAX_PIXELS } from './header.ts';
import { readJpeg } from './jpeg-stream.ts';
import { loadModule } from './load-module.ts';

const CMYK = 4;

const jimpOptions = {
  maxResolutionInMP: MAX_PIXELS / 1e6,
  // CMYK without subsampling: per pixel 4 coefficients of 4 bytes, 4 samples, 4 interleaved samples, 4 bytes of RGBA.
  maxMemoryUsageInMB: (MAX_PIXELS * 32) / 2 ** 20,
  // `false` would only refuse greyscale pictures with restart markers; truncated ones are refused either way.
  tolerantDecoding: true,
};

let warned = false;

/**
 * Decodes a JPEG as it is stored.
 *
 * @throws Error if the file is truncated or damaged
 */
export async function decodeJpeg(file: Uint8Array): Promise<Pixels> {
  const { plain, components } = readJpeg(file);
  const decoder = components === CMYK ? undefined : await loadMozjpeg();
  return decoder ? decoder.decode(plain) : decodeByJimp(plain);
}

async function loadMozjpeg(): Promise<Decoder | undefined> {
  try {
    const { default: create } = await import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
    // An instance for each picture, so that the memory of a large one isn't kept.
    return await createDecoder(create, await loadModule('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'), false);
  } catch (error) {
    if (!warned) console.warn(`pipnet-wasm decodes JPEGs slowly, since @jsquash/jpeg can't be loaded: keep it out of the bundle (${(error as Error).message})`);
    warned = true;
    return undefined;
  }
}

async function decodeByJimp(plain: Uint8Array<ArrayBuffer>): Promise<Pixels> {
  const { Jimp } = await import('jimp');
  const { data, width, height } = (await Jimp.fromBuffer(plain.buffer, { 'image/jpeg': jimpOptions })).bitmap;
  if (data.length !== width * height * 4) throw new Error(`${data.length} bytes for ${width}x${height} pixels`);
  // A plain array: `slice` of a Buffer would share memory where everyone expects a copy.
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
}
