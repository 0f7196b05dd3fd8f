// JPEGs in Node, Deno and Bun: read through mozjpeg, six times as fast as jimp's decoder and with libjpeg's pixels, as OpenCV
// and Pillow have them; CMYK, which mozjpeg doesn't convert, through jimp. Which of them is known before either starts.
// Written by jimp. Of its packages only the core and the JPEG codec are taken: all of them are 29 MB.
import type { Pixels } from '../../base/types.ts';
import { createDecoder, type Decoder } from '../../image/emscripten.ts';
import { MAX_PIXELS } from '../../image/header.ts';
import { readJpeg } from '../../image/jpeg-stream.ts';
import { toRgba } from '../../image/pixels.ts';
import { loadModule, loadScript } from './load-module.ts';

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
 * @throws ImageError if its decoder is missing
 */
export async function decodeJpeg(file: Uint8Array): Promise<Pixels> {
  const { plain, components } = readJpeg(file);
  if (components === CMYK) return decodeByJimp(await loadJimp(), plain);
  let decoder: Decoder;
  try {
    decoder = await loadMozjpeg();
  } catch (error) {
    const jimp = await loadJimp().catch(() => Promise.reject(error));
    if (!warned) console.warn(`pipnet-wasm decodes JPEGs slowly: ${(error as Error).message}`);
    warned = true;
    return decodeByJimp(jimp, plain);
  }
  return decoder.decode(plain);
}

/** An instance for each picture, so that the memory of a large one isn't kept. */
async function loadMozjpeg(): Promise<Decoder> {
  const { default: create } = await loadScript('@jsquash/jpeg', () => import('@jsquash/jpeg/codec/dec/mozjpeg_dec.js'));
  // A whole literal, so that bundlers find the file.
  const module = await loadModule(
    '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
    () => new URL('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm', import.meta.url),
  );
  return createDecoder(create, module, false);
}

/**
 * Encodes a picture; alpha is lost.
 *
 * @param quality 1 to 100
 * @throws ImageError if jimp is missing
 */
export async function encodeJpeg(pixels: Pixels, quality: number): Promise<Uint8Array> {
  const Jimp = await loadJimp();
  const { data, width, height } = toRgba(pixels);
  return new Jimp({ data: Buffer.from(data.buffer), width, height }).getBuffer('image/jpeg', { quality });
}

async function loadJimp() {
  const [{ createJimp }, { default: jpeg }] = await Promise.all([
    loadScript('@jimp/core', () => import('@jimp/core')),
    loadScript('@jimp/js-jpeg', () => import('@jimp/js-jpeg')),
  ]);
  return createJimp({ formats: [jpeg] });
}

async function decodeByJimp(Jimp: Awaited<ReturnType<typeof loadJimp>>, plain: Uint8Array<ArrayBuffer>): Promise<Pixels> {
  const { data, width, height } = (await Jimp.fromBuffer(plain.buffer, { 'image/jpeg': jimpOptions })).bitmap;
  if (data.length !== width * height * 4) throw new Error(`${data.length} bytes for ${width}x${height} pixels`);
  // A plain array: `slice` of a Buffer would share memory where everyone expects a copy.
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
}
