// Pictures as bytes of files: made by jimp, or read from samples/ where jimp can't write the variant.
import { readFileSync } from 'node:fs';
import { Jimp } from 'jimp';
import type { Pixels } from '../../src/types.ts';

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

export type MimeType = 'image/jpeg' | 'image/png' | 'image/bmp' | 'image/gif' | 'image/tiff';

/** A picture file. */
export function encode({ data, width, height }: Pixels, type: MimeType): Promise<Buffer> {
  // A copy: jimp's BMP encoder changes the pixels it is given.
  return new Jimp({ data: Buffer.from(data), width, height }).getBuffer(type);
}

/** A JPEG with an EXIF segment that holds its orientation, 1 to 8. */
export function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const exif = Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0', 'latin1');
  exif[exif.indexOf('?')] = orientation;
  const header = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), header, exif, jpeg.subarray(2)]);
}

/** A small file written by ImageMagick or libjpeg. */
export function sample(name: string): Buffer {
  return readFileSync(new URL(`samples/${name}`, import.meta.url));
}

/** Red, green and blue of a pixel. */
export function pixelAt({ data, width }: Pixels, x: number, y: number): number[] {
  return Array.from(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3));
}
