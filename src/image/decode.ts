// Picture files to pixels: JPEGs through mozjpeg, all others and JPEGs of rare colour spaces through jimp. Both are loaded
// when they are needed: the import of jimp alone takes 0.2 s.
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { ImageError } from '../errors.ts';
import { read, text } from '../options.ts';
import { quote } from '../quote.ts';
import type { Pixels } from '../types.ts';
import { checkHeader, MAX_PIXELS, type Format } from './header.ts';
import { decodeJpeg } from './jpeg.ts';
import { plainTiff } from './tiff.ts';

/** Largest picture file that is read, in bytes. */
export const MAX_FILE_BYTES = 512 * 2 ** 20;

const jpegOptions = {
  maxResolutionInMP: MAX_PIXELS / 1e6,
  // CMYK without subsampling: per pixel 4 coefficients of 4 bytes, 4 samples, 4 interleaved samples, 4 bytes of RGBA.
  maxMemoryUsageInMB: (MAX_PIXELS * 32) / 2 ** 20,
  // `false` would only refuse greyscale pictures with restart markers; truncated ones are refused either way.
  tolerantDecoding: true,
};

/**
 * Decodes a JPEG, PNG, BMP, GIF (its first frame) or TIFF (its first page). EXIF orientation of JPEGs is applied.
 *
 * @param bytes the whole file
 * @param label what errors call the picture, usually its path
 * @returns RGBA pixels
 * @throws ImageError when the bytes are empty, no supported picture, damaged, truncated or larger than `MAX_PIXELS`
 */
export async function decodeImage(bytes: Uint8Array, label = 'picture'): Promise<Pixels> {
  read(label, 'label', text);
  if (!(bytes instanceof Uint8Array)) throw new ImageError(`${label} ${quote(bytes)} is no picture: give the bytes of a picture file`);
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = checkHeader(file, label);
  if (format === 'JPEG') {
    try {
      return await decodeJpeg(bytes);
    } catch {
      // jimp may know better, or it says in its words what is wrong.
    }
  }
  const { Jimp } = await import('jimp');
  try {
    const image = await Jimp.fromBuffer(prepare(file, format), { 'image/jpeg': jpegOptions });
    const { data, width, height } = image.bitmap;
    if (data.length !== width * height * 4) throw new Error(`${data.length} bytes for ${width}x${height} pixels`);
    // A plain array: `slice` of a Buffer would share memory where everyone expects a copy.
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
    throw new ImageError(`${label} is a damaged, truncated or unusual ${format} (${reason}): save it again as JPEG or PNG`);
  }
}

/** What jimp can be given without harm. */
function prepare(file: Buffer, format: Format): Buffer {
  if (format === 'PNG') return withoutTrailer(file);
  return format === 'TIFF' ? plainTiff(file) : file;
}

/** A PNG up to its IEND chunk. What follows there (left by some editors) is ignored by all readers but jimp's. */
function withoutTrailer(file: Buffer): Buffer {
  // Behind a signature of 8 bytes: chunks of 4 bytes length, 4 bytes type, data, 4 bytes checksum.
  for (let at = 8; at + 12 <= file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'IEND') return file.subarray(0, at + 12);
  }
  return file;
}

/**
 * Reads and decodes a picture file.
 *
 * @param source path or `file:` URL
 * @returns RGBA pixels
 * @throws ImageError as `decodeImage` and `readImageBytes` do
 */
export async function readImage(source: string | URL): Promise<Pixels> {
  return decodeImage(await readImageBytes(source), String(source));
}

/**
 * Reads a picture file without decoding it.
 *
 * @param source path or `file:` URL
 * @throws ImageError when it doesn't exist, is a folder, no file: URL, unreadable or larger than `MAX_FILE_BYTES`
 */
export async function readImageBytes(source: string | URL): Promise<Uint8Array> {
  const label = String(source);
  try {
    return await readImageStream(createReadStream(source), label);
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

function unreadable(error: unknown, label: string): ImageError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new ImageError(`${label} can't be read: ${reasons[code] ?? message}`);
}
