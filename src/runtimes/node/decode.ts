// Picture files to pixels in Node, Deno and Bun. JPEG, WebP and AVIF have decoders in packages, loaded when they are needed.
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import { ImageError } from '../../base/errors.ts';
import { read, text } from '../../base/options.ts';
import type { Pixels } from '../../base/types.ts';
import { readAvif } from '../../image/avif.ts';
import { decodeBmp } from '../../image/bmp.ts';
import { readBytes, type ImageBytes } from '../../image/bytes.ts';
import { decodeFile, type Decoders } from '../../image/decode-file.ts';
import { createDecoder } from '../../image/emscripten.ts';
import { decodeGif } from '../../image/gif.ts';
import { MAX_PIXELS, pixelLimit } from '../../image/header.ts';
import type { Inflate } from '../../image/inflate.ts';
import { decodeJpeg } from './jpeg.ts';
import { loadModule, loadScript } from './load-module.ts';
import { orient } from '../../image/orient.ts';
import { decodePng } from '../../image/png.ts';
import { onCanvas, readWebP } from '../../image/webp.ts';

/** Largest picture file that is read, in bytes. */
export const MAX_FILE_BYTES = 512 * 2 ** 20;

/** Faster than `DecompressionStream` in Node: small pieces, so that rows are undone while zlib's thread inflates the next. */
const inflate: Inflate = (pieces) => Readable.from(pieces).pipe(createInflate({ chunkSize: 1 << 15 }));

// The modules' places as whole literals, so that bundlers find the files.
const decoders: Required<Decoders> = {
  JPEG: decodeJpeg,
  PNG: (file) => decodePng(file, inflate),
  BMP: decodeBmp,
  GIF: decodeGif,
  async WebP(file) {
    const { default: create } = await loadScript('@jsquash/webp', () => import('@jsquash/webp/codec/dec/webp_dec.js'));
    const decoder = await createDecoder(
      create,
      await loadModule('@jsquash/webp/codec/dec/webp_dec.wasm', () => new URL('@jsquash/webp/codec/dec/webp_dec.wasm', import.meta.url)),
    );
    const webp = readWebP(file);
    return webp.frame ? onCanvas(decoder.decode(webp.frame.file), webp.frame, webp) : decoder.decode(file);
  },
  async AVIF(file) {
    const { default: create } = await loadScript('@jsquash/avif', () => import('@jsquash/avif/codec/dec/avif_dec.js'));
    const decoder = await createDecoder(
      create,
      await loadModule('@jsquash/avif/codec/dec/avif_dec.wasm', () => new URL('@jsquash/avif/codec/dec/avif_dec.wasm', import.meta.url)),
      8,
    );
    return readAvif(file).orientations.reduce(orient, decoder.decode(file));
  },
};

/**
 * Decodes a JPEG, PNG, BMP, GIF, WebP or AVIF; of an animated one the first frame. It is turned as its file says.
 *
 * @param source the whole file, as bytes or a Blob
 * @param label what errors call the picture, usually its path
 * @param maxPixels larger ones are refused before they are decoded: at most 100 megapixels, the default
 * @returns RGBA pixels
 * @throws ImageError when the bytes are empty, no supported picture, damaged, truncated or of more than `maxPixels`
 */
export async function decodeImage(source: ImageBytes, label = 'picture', maxPixels = MAX_PIXELS): Promise<Pixels> {
  read(label, 'label', text);
  read(maxPixels, 'maxPixels', pixelLimit);
  return decodeFile(await readBytes(source, label, MAX_FILE_BYTES), label, decoders, maxPixels);
}

/**
 * Reads and decodes a picture file.
 *
 * @param source path, or `file:` URL (also as a string)
 * @returns RGBA pixels
 * @throws ImageError as `decodeImage` and `readImageBytes` do
 */
export async function readImage(source: string | URL): Promise<Pixels> {
  return decodeImage(await readImageBytes(source), String(source));
}

/**
 * Reads a picture file without decoding it.
 *
 * @param source path, or `file:` URL (also as a string)
 * @throws ImageError when it doesn't exist, is a folder, no file: URL, unreadable or larger than `MAX_FILE_BYTES`
 */
export async function readImageBytes(source: string | URL): Promise<Uint8Array> {
  const label = String(source);
  try {
    return await readImageStream(createReadStream(/^file:/i.test(label) ? new URL(label) : source), label);
  } catch (error) {
    throw error instanceof ImageError ? error : unreadable(error, label);
  }
}

/**
 * Reads a stream, such as standard input, to its end.
 *
 * @param label what errors call it
 * @throws ImageError when it can't be read or holds more than `MAX_FILE_BYTES`
 */
export async function readImageStream(stream: Readable, label: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_FILE_BYTES) break;
    }
  } catch (error) {
    throw unreadable(error, label);
  }
  if (size > MAX_FILE_BYTES) {
    throw new ImageError(`${label} is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB: make the picture smaller first`);
  }
  return Buffer.concat(chunks, size);
}

const reasons: Record<string, string> = {
  ENOENT: 'no such file; check the path',
  ENOTDIR: 'no such file; check the path',
  EISDIR: 'it is a folder; give a picture',
  EACCES: 'permission denied; check its access rights',
};

/** Of a picture in its own address hardly more is of use. */
const MAX_ADDRESS = 100;

/** What pages take for pictures, and people then give here. */
const ADDRESS = /^(?!file:)([a-z][a-z\d+.-]+:\/\/|data:)/i;

/** What is said of a picture or video that can't be read. */
export function unreadable(error: unknown, label: string): ImageError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (ADDRESS.test(label)) {
    const address = label.length > MAX_ADDRESS ? `${label.slice(0, MAX_ADDRESS)}...` : label;
    return new ImageError(`${address} can't be read: nothing is fetched here; give a file, or bytes`);
  }
  return new ImageError(`${label} can't be read: ${reasons[code] ?? message}`);
}
