import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { ImageError } from '../../src/base/errors.ts';
import { decodeImage, readImage, readImageStream } from '../../src/runtimes/node/decode.ts';
import { encodePng } from '../../src/image/encode.ts';
import {
  animatedWebp,
  avifTurned,
  encode,
  encodeBy,
  pixelAt,
  pngWithOrientation,
  quadrants,
  sample,
  webpWithOrientation,
  withOrientation,
  type MimeType,
} from './pictures.ts';

const picture = quadrants();
const jpeg = await encode(picture, 'image/jpeg');
const png = await encode(picture, 'image/png');
const webp = await encodeBy('webp', picture);
const avif = await encodeBy('avif', picture);

const folder = mkdtempSync(join(tmpdir(), 'pipnet-image-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The error's message; fails if there is none, or one with a stack of lines. */
async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ImageError);
  const { message } = error as ImageError;
  expect(message).not.toContain('\n');
  return message;
}

describe('decodeImage', () => {
  it.each<MimeType>(['image/png', 'image/bmp', 'image/gif'])('%s keeps the pixels', async (type) => {
    const decoded = await decodeImage(await encode(picture, type), 'picture');
    expect([decoded.width, decoded.height]).toEqual([32, 16]);
    const errors = decoded.data.map((value, i) => Math.abs(value - picture.data[i]));
    // GIF's palette is the encoder's choice.
    expect(Math.max(...errors)).toBeLessThanOrEqual(type === 'image/gif' ? 8 : 0);
  });

  it('decodes JPEG', async () => {
    const decoded = await decodeImage(jpeg, 'picture');
    expect([decoded.width, decoded.height, decoded.data.length]).toEqual([32, 16, 32 * 16 * 4]);
    expect(Math.min(pixelAt(decoded, 4, 4)[0], pixelAt(decoded, 28, 4)[1], pixelAt(decoded, 16, 12)[2])).toBeGreaterThan(240);
  });

  it.each([
    ['cmyk.jpg', [255, 0, 0]],
    ['progressive.jpg', [240, 3, 19]],
    ['grey.jpg', [54, 54, 54]],
    ['grey-restart.jpg', [255, 255, 255]],
    ['deep.png', [255, 0, 0]],
    ['palette.png', [255, 0, 0]],
    ['grey.png', [54, 54, 54]],
    ['interlaced.png', [255, 0, 0]],
    ['animated.gif', [255, 0, 0]],
    ['os2.bmp', [255, 0, 0]],
  ])('decodes %s', async (name, topLeft) => {
    const { data } = await decodeImage(sample(name), name);
    for (let i = 0; i < 3; i++) expect(Math.abs(data[i] - topLeft[i])).toBeLessThanOrEqual(16);
  });

  it('takes a view into a larger buffer and gives a plain array', async () => {
    const padded = Buffer.concat([Buffer.from('padding'), png, Buffer.from('padding')]);
    const { data } = await decodeImage(padded.subarray(7, -7), 'picture');
    expect(data.constructor).toBe(Uint8Array);
  });

  it.each([
    ['PNG', png],
    ['JPEG', jpeg],
  ])('ignores bytes behind the end of a %s', async (_, file) => {
    await decodeImage(Buffer.concat([file, Buffer.from('left by an editor')]), 'picture');
  });

  // Where the corners red (above left), green (above right) and blue (below) go, by EXIF's definition.
  it.each([
    [1, [32, 16], [0, 0], [31, 0]],
    [2, [32, 16], [31, 0], [0, 0]],
    [3, [32, 16], [31, 15], [0, 15]],
    [4, [32, 16], [0, 15], [31, 15]],
    [5, [16, 32], [0, 0], [0, 31]],
    [6, [16, 32], [15, 0], [15, 31]],
    [7, [16, 32], [15, 31], [15, 0]],
    [8, [16, 32], [0, 31], [0, 0]],
  ])('EXIF orientation %i of JPEG, PNG and WebP, and the same turn of AVIF', async (orientation, size, red, green) => {
    // Quarter turns against the clock, then: upside down (0), or left and right exchanged (1).
    const [turn, axis] = [
      [2, 0],
      [0, 1],
      [2, undefined],
      [0, 0],
      [1, 0],
      [3, undefined],
      [3, 0],
      [1, undefined],
    ][orientation - 1];
    const files = [withOrientation(jpeg, orientation), pngWithOrientation(png, orientation), webpWithOrientation(webp, orientation)];
    if (axis !== undefined && orientation > 1) files.push(avifTurned(avif, turn!, axis));
    for (const file of files) {
      const decoded = await decodeImage(file, 'picture');
      expect([decoded.width, decoded.height]).toEqual(size);
      expect(pixelAt(decoded, red[0], red[1])[0]).toBeGreaterThan(200);
      expect(pixelAt(decoded, green[0], green[1])[1]).toBeGreaterThan(200);
    }
  });

  it('decodes WebP without loss, and AVIF, and leaves no globals behind', async () => {
    expect(Buffer.from((await decodeImage(webp)).data)).toEqual(Buffer.from(picture.data));
    const decoded = await decodeImage(avif);
    for (const [x, y] of [
      [4, 4],
      [28, 4],
      [16, 12],
    ]) {
      pixelAt(decoded, x, y).forEach((value, c) => expect(Math.abs(value - pixelAt(picture, x, y)[c])).toBeLessThan(24));
    }
    expect('ImageData' in globalThis).toBe(false);
  });

  it('decodes the first frame of an animated WebP, at its place', async () => {
    const decoded = await decodeImage(animatedWebp(webp, picture));
    expect([decoded.width, decoded.height]).toEqual([42, 26]);
    expect(decoded.data.subarray(0, 4)).toEqual(new Uint8Array(4));
    expect(pixelAt(decoded, 2, 4)).toEqual([255, 0, 0]);
    expect(pixelAt(decoded, 33, 4)).toEqual([0, 255, 0]);
  });

  it('takes bytes of every kind and realm, and Blobs', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(png.length));
    shared.set(png);
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes: [...png] }) as Uint8Array;
    expect(foreign instanceof Uint8Array).toBe(false);
    const plain = Uint8Array.from(png);
    for (const source of [
      plain,
      plain.buffer,
      new DataView(plain.buffer),
      new Uint8ClampedArray(png),
      shared,
      shared.buffer,
      foreign,
      foreign.buffer,
      new Blob([plain]),
    ]) {
      expect((await decodeImage(source)).width).toBe(32);
    }
  });

  it.each<[unknown, string]>([
    [NaN, 'picture is no picture but NaN'],
    [null, 'picture is no picture but null'],
    [undefined, 'picture is no picture but undefined'],
    [{}, 'an object (Object)'],
    [new Float32Array(4), 'picture is a Float32Array: give its bytes as a Uint8Array'],
    [new Uint16Array(4), 'picture is a Uint16Array'],
  ])('refuses %s', async (source, message) => {
    expect(await messageOf(decodeImage(source as Uint8Array))).toContain(message);
  });
});

describe('errors', () => {
  it.each([
    ['an empty file', '', 'photo is empty (0 bytes): give a picture'],
    ['a text', 'Hello world', 'photo is not a picture (it starts with "Hello world"): supported are JPEG, PNG, BMP, GIF, WebP and AVIF'],
    ['HEIC', '\0\0\0\x14ftypmif1\0\0\0\0heic', "photo is in HEIC format, which can't be read here: save or export it as JPEG or PNG"],
    ['TIFF', 'II*\0', 'photo is in TIFF format'],
    ['AVIF whose main brand is another', '\0\0\0\x14ftypmif1\0\0\0\0avif', 'unusual AVIF'],
    ['SVG', '<?xml version="1.0"?>\n<svg xmlns="', 'photo is in SVG format'],
    ['JPEG XL', '\xff\x0a\0\0', 'photo is in JPEG XL format'],
    ['PDF', '%PDF-1.7', 'photo is in PDF format'],
  ])('%s', async (_, text, message) => {
    expect(await messageOf(decodeImage(Buffer.from(text, 'latin1'), 'photo'))).toContain(message);
  });

  it('a BMP of run lengths', async () => {
    expect(await messageOf(decodeImage(sample('run-length.bmp'), 'photo'))).toContain('unusual BMP (its pixels are compressed (1))');
  });

  it.each<MimeType>(['image/jpeg', 'image/png', 'image/bmp', 'image/gif'])('%s cut short anywhere within its pixels', async (type) => {
    const file = await encode(picture, type);
    // What follows the pixels: an end marker, a chunk, two bytes too many of jimp's, the end of the blocks and the trailer.
    const end = file.length - { 'image/jpeg': 2, 'image/png': 12, 'image/bmp': 2, 'image/gif': 2 }[type];
    for (let length = end - 3; length > 0; length -= Math.ceil(file.length / 40))
      await messageOf(decodeImage(file.subarray(0, length), 'photo'));
    expect((await decodeImage(file.subarray(0, end), 'photo')).data).toEqual((await decodeImage(file, 'photo')).data);
  });

  it.each(['progressive.jpg', 'grey-restart.jpg', 'interlaced.png'])('%s cut short anywhere within its pixels', async (name) => {
    const file = sample(name);
    for (let length = 1; length < file.length - 12; length += 7) {
      const decoded = await decodeImage(file.subarray(0, length), 'photo').catch((error: unknown) => error);
      // A progressive picture that ends between two scans is whole, if coarse.
      if (name !== 'progressive.jpg') expect(decoded).toBeInstanceOf(ImageError);
    }
  });

  it('a header that claims 20000 x 20000 pixels fails before anything is allocated', async () => {
    const huge = Buffer.from(png);
    huge.writeUInt32BE(20000, 16);
    huge.writeUInt32BE(20000, 20);
    const before = process.memoryUsage().rss;
    expect(await messageOf(decodeImage(huge, 'photo'))).toBe(
      'photo claims 20000x20000 pixels, more than the limit of 100 megapixels: make it smaller first',
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);

    const start = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    const hugeJpeg = Buffer.from(jpeg);
    hugeJpeg.writeUInt16BE(20000, start + 5);
    hugeJpeg.writeUInt16BE(20000, start + 7);
    expect(await messageOf(decodeImage(hugeJpeg, 'photo'))).toContain("bytes can't hold 20000x20000 pixels");
  });

  it('a header of no pixels', async () => {
    const flat = Buffer.from(png);
    flat.writeUInt32BE(0, 20);
    expect(await messageOf(decodeImage(flat, 'photo'))).toBe('photo is 32x0 pixels: a picture needs at least 1x1');
  });

  it('a damaged PNG', async () => {
    const damaged = Buffer.from(png);
    damaged[png.length - 20] ^= 1;
    expect(await messageOf(decodeImage(damaged, 'photo'))).toContain('photo is a damaged, truncated or unusual PNG (');
  });

  it('random damage gives a picture or an ImageError', async () => {
    let state = 1;
    const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
    for (const name of ['cmyk.jpg', 'progressive.jpg', 'deep.png', 'palette.png', 'animated.gif', 'os2.bmp', 'foreign.webp']) {
      for (let i = 0; i < 20; i++) {
        const damaged = sample(name);
        damaged[random(damaged.length)] = random(256);
        await decodeImage(damaged, name).catch((error: unknown) => expect(error).toBeInstanceOf(ImageError));
      }
    }
  });
});

describe('reading', () => {
  it('takes a path and a file: URL', async () => {
    const path = join(folder, 'a picture.png');
    writeFileSync(path, png);
    expect((await readImage(path)).width).toBe(32);
    expect((await readImage(pathToFileURL(path))).width).toBe(32);
    expect((await readImage(String(pathToFileURL(path)))).width).toBe(32);
  });

  it.each([
    ['a missing file', join(folder, 'nothing.png'), "nothing.png can't be read: no such file"],
    ['a folder', folder, "can't be read: it is a folder; give a picture"],
    ['a file taken for a folder', join(folder, 'a picture.png', 'b.png'), 'no such file'],
    ['a path with a null byte', 'a\0b.png', "can't be read"],
    [
      'an http: URL',
      new URL('http://localhost/a.png'),
      "http://localhost/a.png can't be read: nothing is fetched here; give a file, or bytes",
    ],
    ['an address', 'https://localhost/a.png', "https://localhost/a.png can't be read: nothing is fetched here; give a file, or bytes"],
    ['a data: URL', `data:image/png;base64,iVBO${'A'.repeat(9999)}`, `${'A'.repeat(74)}... can't be read: nothing is fetched here`],
    ['a missing file with a colon', 'photo:1.png', "photo:1.png can't be read: no such file"],
  ])('%s', async (_, source, message) => {
    writeFileSync(join(folder, 'a picture.png'), png);
    expect(await messageOf(readImage(source))).toContain(message);
  });

  it('a stream without end', async () => {
    const chunk = new Uint8Array(2 ** 26);
    const endless = Readable.from(
      (function* () {
        for (;;) yield chunk;
      })(),
    );
    expect(await messageOf(readImageStream(endless, 'standard input'))).toBe(
      'standard input is larger than 512 MiB: make the picture smaller first',
    );
  });
});

it('encodePng and decodeImage are inverse, RGB becomes opaque', async () => {
  const { data, width, height } = await decodeImage(await encodePng(picture), 'picture');
  expect({ data: Buffer.from(data), width, height }).toEqual({ ...picture, data: Buffer.from(picture.data) });

  const rgb = await decodeImage(await encodePng({ data: new Uint8Array([1, 2, 3, 4, 5, 6]), width: 2, height: 1 }), 'picture');
  expect([...rgb.data]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
});
