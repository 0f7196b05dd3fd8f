// Pictures as bytes of files: made by jimp, or read from samples/ where jimp can't write the variant.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Jimp } from 'jimp';
import type { Pixels } from '../../src/base/types.ts';
import { crc32 } from '../../src/base/crc32.ts';

/** Red 8 x 16 px above left, green above right, blue below: each corner tells a turn or a mirroring. */
export function quadrants(): Pixels {
  const width = 32;
  const height = 16;
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const colour = i >= (width * height) / 2 ? [0, 0, 255] : i % width < width / 2 ? [255, 0, 0] : [0, 255, 0];
    data.set([...colour, 255], 4 * i);
  }
  return { data, width, height };
}

export type MimeType = 'image/jpeg' | 'image/png' | 'image/bmp' | 'image/gif';

/** A picture file. */
export function encode({ data, width, height }: Pixels, type: MimeType): Promise<Buffer> {
  // A copy: jimp's BMP encoder changes the pixels it is given.
  return new Jimp({ data: Buffer.from(data), width, height }).getBuffer(type);
}

/** A lossless WebP, or an AVIF, by the encoders beside the decoders. */
export async function encodeBy(codec: 'webp' | 'avif', { data, width, height }: Pixels): Promise<Buffer> {
  const at = (path: string) => import.meta.resolve(`@jsquash/${codec}/${path}`);
  const [{ default: create }, { defaultOptions }] = await Promise.all([import(at(`codec/enc/${codec}_enc.js`)), import(at('meta.js'))]);
  const encoder = await create({ wasmBinary: readFileSync(fileURLToPath(at(`codec/enc/${codec}_enc.wasm`))) });
  // Its script leaves one behind.
  delete (globalThis as { ImageData?: unknown }).ImageData;
  return Buffer.from(encoder.encode(data, width, height, { ...defaultOptions, ...(codec === 'webp' ? { lossless: 1 } : { speed: 9 }) }));
}

/** EXIF data that holds an orientation only. */
function exifOf(orientation: number): Buffer {
  const exif = Buffer.from('MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0', 'latin1');
  exif[exif.indexOf('?')] = orientation;
  return exif;
}

/** A JPEG with an EXIF segment that holds its orientation, 1 to 8. */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), exifOf(orientation)]);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1, 0, exif.length + 2]), exif, jpeg.subarray(2)]);
}

/** A PNG with a chunk behind its header. */
export function withChunk(png: Buffer, type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

export const pngWithOrientation = (png: Buffer, orientation: number) => withChunk(png, 'eXIf', exifOf(orientation));

/** A WebP of one lossless frame, written anew with a header that announces EXIF data, and those. */
export function webpWithOrientation(webp: Buffer, orientation: number): Buffer {
  const { width, height } = { width: (webp.readUInt32LE(21) & 0x3fff) + 1, height: ((webp.readUInt32LE(21) >>> 14) & 0x3fff) + 1 };
  const header = Buffer.alloc(10);
  header[0] = 8;
  header.writeUIntLE(width - 1, 4, 3);
  header.writeUIntLE(height - 1, 7, 3);
  return riff([riffChunk('VP8X', header), webp.subarray(12), riffChunk('EXIF', exifOf(orientation))]);
}

/** An animated WebP of one frame, 2 pixels right of and 4 below the corner of its canvas. */
export function animatedWebp(webp: Buffer, frame: { width: number; height: number }): Buffer {
  const header = Buffer.alloc(10);
  header[0] = 2;
  header.writeUIntLE(frame.width + 9, 4, 3);
  header.writeUIntLE(frame.height + 9, 7, 3);
  const place = Buffer.alloc(16);
  [1, 2, frame.width - 1, frame.height - 1, 100].forEach((value, i) => place.writeUIntLE(value, 3 * i, 3));
  return riff([
    riffChunk('VP8X', header),
    riffChunk('ANIM', Buffer.alloc(6)),
    riffChunk('ANMF', Buffer.concat([place, webp.subarray(12)])),
  ]);
}

function riffChunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from(type), length, data, Buffer.alloc(data.length & 1)]);
}

function riff(chunks: Buffer[]): Buffer {
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]));
}

/**
 * An AVIF, as libavif writes it, whose main picture is turned and mirrored by its properties.
 *
 * @param turn quarter turns against the clock
 * @param axis 0: upside down, 1: left and right exchanged
 */
export function avifTurned(avif: Buffer, turn: number, axis: number): Buffer {
  const properties = [
    Buffer.from(`\0\0\0\x09irot${String.fromCharCode(turn)}`, 'latin1'),
    Buffer.from(`\0\0\0\x09imir${String.fromCharCode(axis)}`, 'latin1'),
  ];
  const at = (type: string) => avif.indexOf(type) - 4;
  const [meta, iprp, ipco, ipma, iloc] = ['meta', 'iprp', 'ipco', 'ipma', 'iloc'].map(at);
  const ipcoEnd = ipco + avif.readUInt32BE(ipco);
  let count = 0;
  for (let box = ipco + 8; box < ipcoEnd; box += avif.readUInt32BE(box)) count++;
  // One picture: version and flags, number of pictures (4 bytes), its id (2), number of properties, their indices.
  const ipmaEnd = ipma + avif.readUInt32BE(ipma);
  const first = Buffer.from(avif);
  const grow = (box: number, by: number) => first.writeUInt32BE(first.readUInt32BE(box) + by, box);
  grow(meta, 20);
  grow(iprp, 20);
  grow(ipco, 18);
  grow(ipma, 2);
  first[ipma + 18] += 2;
  // Of one extent: its offset follows version, sizes, number of pictures, id, reference and number of extents.
  grow(iloc + 22, 20);
  const indices = Buffer.from([0x80 | (count + 1), 0x80 | (count + 2)]);
  return Buffer.concat([first.subarray(0, ipcoEnd), ...properties, first.subarray(ipcoEnd, ipmaEnd), indices, first.subarray(ipmaEnd)]);
}

/** One of the files that once did harm. */
export function badCase(name: string): Buffer {
  return readFileSync(new URL(`cases/${name}`, import.meta.url));
}

/** A small file written by ImageMagick or libjpeg. */
export function sample(name: string): Buffer {
  return readFileSync(new URL(`samples/${name}`, import.meta.url));
}

/** Red, green and blue of a pixel. */
export function pixelAt({ data, width }: Pixels, x: number, y: number): number[] {
  return Array.from(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3));
}
