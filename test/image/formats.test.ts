// What jimp's encoders can't write: kinds of BMP and GIF made here byte by byte, and a JPEG without the fast decoder.
import { describe, expect, it, vi } from 'vitest';
import { decodeBmp } from '../../src/image/bmp.ts';
import { decodeGif } from '../../src/image/gif.ts';
import { encode, pixelAt, quadrants } from './pictures.ts';
import { makeGif } from './make-gif.ts';

describe('BMP', () => {
  interface Options {
    height?: number;
    compression?: number;
    /** Masks or palette, before the pixels. */
    extra?: Buffer;
  }

  function bmp(
    width: number,
    bits: number,
    pixels: number[],
    { height = 2, compression = 0, extra = Buffer.alloc(0) }: Options = {},
  ): Buffer {
    const header = Buffer.alloc(54);
    header.write('BM');
    header.writeUInt32LE(54 + extra.length, 10);
    header.writeUInt32LE(40, 14);
    header.writeInt32LE(width, 18);
    header.writeInt32LE(height, 22);
    header.writeUInt16LE(bits, 28);
    header.writeUInt32LE(compression, 30);
    return Buffer.concat([header, extra, Buffer.from(pixels)]);
  }
  const palette = Buffer.alloc(64);
  palette.set([0, 0, 255, 0, 0, 255, 0, 0], 4);

  it('4 bits and an odd width, the last row first', () => {
    const picture = decodeBmp(bmp(3, 4, [0x12, 0x10, 0, 0, 0x21, 0x20, 0, 0], { extra: palette }));
    expect([pixelAt(picture, 0, 0), pixelAt(picture, 2, 0), pixelAt(picture, 2, 1)]).toEqual([
      [0, 255, 0],
      [0, 255, 0],
      [255, 0, 0],
    ]);
  });

  it('16 bits with masks, the first row first', () => {
    const masks = Buffer.alloc(12);
    [0xf800, 0x07e0, 0x001f].forEach((mask, i) => masks.writeUInt32LE(mask, 4 * i));
    const picture = decodeBmp(bmp(2, 16, [0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00, 0xff, 0xff], { height: -2, compression: 3, extra: masks }));
    expect([0, 1, 2, 3].map((i) => pixelAt(picture, i % 2, i >> 1))).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
      [255, 255, 255],
    ]);
  });

  it.each([
    ['pixels behind the end', bmp(1000, 24, [1, 2, 3]), /end at byte/],
    ['a colour that is not in the palette', bmp(1, 8, [9, 0, 0, 0, 9, 0, 0, 0], { extra: palette.subarray(0, 8) }), /colour 9/],
    ['no palette', bmp(1, 8, [0, 0, 0, 0]), /no palette/],
    ['7 bits', bmp(1, 7, [0]), /7 bits/],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeBmp(file)).toThrow(message);
  });
});

describe('GIF', () => {
  it('a frame smaller than the screen leaves the rest transparent, one that reaches out widens it', () => {
    const picture = decodeGif(makeGif([2, 2], [{ at: [1, 1, 2, 1], pixels: [1, 2] }]));
    expect([picture.width, picture.height]).toEqual([3, 2]);
    expect([picture.data[3], pixelAt(picture, 1, 1), pixelAt(picture, 2, 1)]).toEqual([0, [255, 0, 0], [0, 255, 0]]);
  });

  it('interlaced rows', () => {
    const stored = [0, 8, 4, 2, 6, 1, 3, 5, 7];
    const picture = decodeGif(makeGif([1, 9], [{ at: [0, 0, 1, 9], pixels: stored.map((row) => row % 4), flags: 0x40 }]));
    const colours = [
      [0, 0, 0],
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ];
    expect(stored.map((_, row) => pixelAt(picture, 0, row))).toEqual(stored.map((_, row) => colours[row % 4]));
  });

  it('refuses missing pixels', () => {
    expect(() => decodeGif(makeGif([4, 4], [{ at: [0, 0, 4, 4], pixels: [1, 2, 3] }]))).toThrow('its pixels end after 3 of 16');
  });
});

it('without mozjpeg, JPEGs are decoded slowly, which is said once', async () => {
  vi.doMock('@jsquash/jpeg/codec/dec/mozjpeg_dec.js', () => {
    throw new Error('not in the bundle');
  });
  vi.resetModules();
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { decodeImage } = await import('../../src/runtimes/node/decode.ts');
  const jpeg = await encode(quadrants(), 'image/jpeg');
  for (let i = 0; i < 2; i++) expect(pixelAt(await decodeImage(jpeg), 28, 4)[1]).toBeGreaterThan(240);
  expect(warn.mock.calls).toEqual([[expect.stringContaining("@jsquash/jpeg can't be loaded")]]);
  warn.mockRestore();
  vi.doUnmock('@jsquash/jpeg/codec/dec/mozjpeg_dec.js');
});
