import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { ImageError } from '../../src/errors.ts';
import { decodeImage, readImage, readImageStream } from '../../src/image/decode.ts';
import { encodePng } from '../../src/image/encode.ts';
import { encode, pixelAt, quadrants, sample, withOrientation, type MimeType } from './pictures.ts';

const picture = quadrants();
const jpeg = await encode(picture, 'image/jpeg');
const png = await encode(picture, 'image/png');

const folder = mkdtempSync(join(tmpdir(), 'pipnet-image-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The error's message; fails if there is none, or one with a stack of lines. */
async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(ImageError);
  const { message } = error as ImageError;
  expect(message).not.toContain('\n');
  return message;
}

describe('decodeImage', () => {
  it.each<MimeType>(['image/png', 'image/bmp', 'image/gif', 'image/tiff'])('%s keeps the pixels', async (type) => {
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
    ['lzw.tif', [255, 0, 0]],
  ])('decodes %s', async (name, topLeft) => {
    const { data } = await decodeImage(sample(name), name);
    for (let i = 0; i < 3; i++) expect(Math.abs(data[i] - topLeft[i])).toBeLessThanOrEqual(16);
  });

  it('takes a view into a larger buffer and gives a plain array', async () => {
    const padded = Buffer.concat([Buffer.from('padding'), png, Buffer.from('padding')]);
    const { data } = await decodeImage(padded.subarray(7, -7), 'picture');
    expect(data.constructor).toBe(Uint8Array);
  });

  it.each([['PNG', png], ['JPEG', jpeg]])('ignores bytes behind the end of a %s', async (_, file) => {
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
  ])('honours EXIF orientation %i', async (orientation, size, red, green) => {
    const decoded = await decodeImage(withOrientation(jpeg, orientation), 'picture');
    expect([decoded.width, decoded.height]).toEqual(size);
    expect(pixelAt(decoded, red[0], red[1])[0]).toBeGreaterThan(200);
    expect(pixelAt(decoded, green[0], green[1])[1]).toBeGreaterThan(200);
  });
});

describe('errors', () => {
  it.each([
    ['an empty file', '', 'photo is empty (0 bytes): give a picture'],
    ['a text', 'Hello world', 'photo is not a picture (it starts with "Hello world"): supported are JPEG, PNG, BMP, GIF and TIFF'],
    ['AVIF', '\0\0\0\x1cftypavif', 'photo is in AVIF format'],
    ['HEIC', '\0\0\0\x1cftypheic', 'photo is in HEIC format'],
    ['SVG', '<?xml version="1.0"?>\n<svg xmlns="', 'photo is in SVG format'],
    ['JPEG XL', '\xff\x0a\0\0', 'photo is in JPEG XL format'],
    ['PDF', '%PDF-1.7', 'photo is in PDF format'],
  ])('%s', async (_, text, message) => {
    expect(await messageOf(decodeImage(Buffer.from(text, 'latin1'), 'photo'))).toContain(message);
  });

  it.each([
    ['foreign.webp', 'in WebP format: convert it first; supported are JPEG, PNG, BMP, GIF and TIFF'],
    ['floating-point.tif', 'a TIFF that holds floating point numbers'],
    ['run-length.bmp', 'run-length compressed BMP'],
    ['os2.bmp', 'OS/2'],
  ])('%s, which would come out wrong', async (name, message) => {
    expect(await messageOf(decodeImage(sample(name), name))).toContain(message);
  });

  it.each<MimeType>(['image/jpeg', 'image/png', 'image/bmp', 'image/gif', 'image/tiff'])('%s cut short anywhere', async (type) => {
    const file = await encode(picture, type);
    // jimp's BMPs end with two bytes too many, and the last byte of a GIF only says that it is the last.
    const needed = file.length - (type === 'image/bmp' ? 2 : type === 'image/gif' ? 1 : 0);
    for (let length = needed - 1; length > 0; length -= Math.ceil(file.length / 40)) {
      await messageOf(decodeImage(file.subarray(0, length), 'photo'));
    }
  });

  it.each(['progressive.jpg', 'grey-restart.jpg', 'interlaced.png'])('%s cut short anywhere', async (name) => {
    const file = sample(name);
    for (let length = 1; length < file.length; length += 7) await messageOf(decodeImage(file.subarray(0, length), 'photo'));
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
    expect(await messageOf(decodeImage(hugeJpeg, 'photo'))).toContain('claims 20000x20000 pixels');
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

  it('an LZW code that is used before it is defined, on which the decoder would hang', async () => {
    const damaged = sample('lzw.tif');
    damaged[14] = 0xff;
    expect(await messageOf(decodeImage(damaged, 'photo'))).toContain('a TIFF that is damaged');
  });

  it('pages of a TIFF that follow each other in a circle: the first is decoded', async () => {
    const circular = sample('lzw.tif');
    const directory = circular.readUInt32LE(4);
    circular.writeUInt32LE(directory, directory + 2 + 12 * circular.readUInt16LE(directory));
    expect((await decodeImage(circular, 'photo')).width).toBe(8);
  });

  it('a tag of a TIFF that claims a billion values, with which the decoder would fill all memory', async () => {
    const bloat = (tag: number) => {
      const file = sample('lzw.tif');
      let entry = file.readUInt32LE(4) + 2;
      while (file.readUInt16LE(entry) !== tag) entry += 12;
      file.writeUInt32LE(1e9, entry + 4);
      return file;
    };
    const bitsPerSample = 258;
    const whitePoint = 318;
    expect(await messageOf(decodeImage(bloat(bitsPerSample), 'photo'))).toContain('a TIFF that is damaged or cut short');
    expect((await decodeImage(bloat(whitePoint), 'photo')).width).toBe(8);
  });

  it('random damage gives a picture or an ImageError', async () => {
    let state = 1;
    const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
    for (const name of ['cmyk.jpg', 'progressive.jpg', 'deep.png', 'palette.png', 'animated.gif', 'lzw.tif', 'run-length.bmp']) {
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
  });

  it.each([
    ['a missing file', join(folder, 'nothing.png'), "nothing.png can't be read: no such file"],
    ['a folder', folder, "can't be read: it is a folder; give a picture"],
    ['a file taken for a folder', join(folder, 'a picture.png', 'b.png'), 'no such file'],
    ['a path with a null byte', 'a\0b.png', "can't be read"],
    ['an http: URL', new URL('http://localhost/a.png'), "can't be read"],
  ])('%s', async (_, source, message) => {
    writeFileSync(join(folder, 'a picture.png'), png);
    expect(await messageOf(readImage(source))).toContain(message);
  });

  it('a stream without end', async () => {
    const chunk = new Uint8Array(2 ** 26);
    const endless = Readable.from((function* () {
      for (;;) yield chunk;
    })());
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
