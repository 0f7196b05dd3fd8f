// Files that once took minutes or gigabytes, or were refused although others read them.
import { describe, expect, it } from 'vitest';
import { ImageError } from '../../src/base/errors.ts';
import { decodeImage } from '../../src/runtimes/node/decode.ts';
import { decodePng } from '../../src/image/png.ts';
import { badCase, encode, quadrants, withChunk } from './pictures.ts';

const jpeg = await encode(quadrants(), 'image/jpeg');
const png = await encode(quadrants(), 'image/png');

/** Decodes within bounds, generous ones: a busy machine, and a garbage collector of its own mind. */
async function attempt(file: Uint8Array): Promise<unknown> {
  const start = performance.now();
  const before = process.memoryUsage();
  const result = await decodeImage(file, 'photo').catch((error: unknown) => error);
  const after = process.memoryUsage();
  expect(performance.now() - start).toBeLessThan(2000);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(20e6);
  expect(after.rss - before.rss).toBeLessThan(60e6);
  return result;
}

describe('refused at once', () => {
  it.each([
    ['png-second-ihdr.png', 'a chunk "IHDR", unknown or out of place'],
    ['png-pixels-missing.png', "can't hold 10000x9999 pixels"],
    ['gif-frame-larger-than-screen.gif', 'claims 65535x65535 pixels'],
    ['gif-lzw-cycle.gif', 'stands for nothing'],
    ['tiff-rows-per-strip-0.tif', 'in TIFF format'],
    ['tiff-shared-values.tif', 'in TIFF format'],
    ['jpeg-claims-10000.jpg', "can't hold 10000x10000 pixels"],
  ])('%s', async (name, message) => {
    const error = await attempt(badCase(name));
    expect(error).toBeInstanceOf(ImageError);
    expect((error as ImageError).message).toContain(message);
  });
});

it('a PNG that would inflate to 400 MB: the 16 x 16 pixels that it says, by either inflater', async () => {
  const file = badCase('png-inflates-to-400mb.png');
  expect(await attempt(file)).toMatchObject({ width: 16, height: 16 });
  const before = process.memoryUsage().rss;
  expect(await decodePng(file)).toMatchObject({ width: 16, height: 16 });
  expect(process.memoryUsage().rss - before).toBeLessThan(60e6);
});

it("control characters of a chunk's type don't reach a message", async () => {
  const error = await attempt(withChunk(png, '\x1b[2J', new Uint8Array(1)));
  expect((error as ImageError).message).toMatch(/^[\x20-\x7e]*$/);
});

describe('JPEGs that other decoders read', () => {
  it('fill bytes before markers, and a missing end marker', async () => {
    const [filled, endless] = await Promise.all(
      ['jpeg-fill-bytes.jpg', 'jpeg-no-end-marker.jpg'].map((name) => decodeImage(badCase(name))),
    );
    expect([filled.width, filled.height]).toEqual([512, 600]);
    expect(Buffer.from(filled.data).equals(Buffer.from(endless.data))).toBe(true);
  });

  it('stray bytes between segments', async () => {
    const marker = (code: number) => jpeg.indexOf(Buffer.from([0xff, code]));
    for (const at of [2, marker(0xdb), marker(0xc0), marker(0xda)]) {
      const file = Buffer.concat([jpeg.subarray(0, at), Buffer.from([1, 2, 3, 0xff, 0, 0xff]), jpeg.subarray(at)]);
      expect((await decodeImage(file)).data).toEqual((await decodeImage(jpeg)).data);
    }
  });

  it.each([
    [0xc3, 'lossless'],
    [0xc9, 'arithmetic'],
  ])('frame %i is refused by name', async (code, name) => {
    const file = Buffer.from(jpeg);
    file[file.indexOf(Buffer.from([0xff, 0xc0])) + 1] = code;
    expect(((await attempt(file)) as ImageError).message).toContain(name);
  });
});
