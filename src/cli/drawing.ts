// Pictures with their faces drawn in, as files of the format that their names end in.
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { drawFaces } from '../image/draw.ts';
import { encodePng } from '../image/encode.ts';
import { checkHeader } from '../image/header.ts';
import { svgOfFaces } from '../image/svg.ts';
import { encodeJpeg } from '../runtimes/node/jpeg.ts';
import type { Face, Pixels } from '../base/types.ts';

/** A tenth larger than zlib's usual 6, in less than half the time. */
const LEVEL = 2;
const JPEG_QUALITY = 92;
const UPRIGHT = 1;

const compress = promisify(deflate);

/** A picture as it was read, and what it is called. */
export interface ReadPicture {
  file: Uint8Array;
  pixels: Pixels;
  label: string;
}

type Draw = (picture: ReadPicture, faces: Face[]) => Promise<Uint8Array | string>;

/** By the endings of files. */
const DRAWINGS = {
  png: ({ pixels }, faces) => drawPng(pixels, faces),
  jpg: ({ pixels }, faces) => encodeJpeg(drawFaces(pixels, faces), JPEG_QUALITY),
  async svg(picture, faces) {
    const { width, height } = picture.pixels;
    return svgOfFaces({ width, height, url: await urlOf(picture), title: picture.label }, faces);
  },
} satisfies Record<string, Draw>;

export type DrawingFormat = keyof typeof DRAWINGS;
export const DRAWING_FORMATS = Object.keys(DRAWINGS) as DrawingFormat[];

/** The format that the name of a file ends in. */
export function drawingFormatOf(path: string): DrawingFormat | undefined {
  return DRAWING_FORMATS.find((format) => path.toLowerCase().endsWith(`.${format}`));
}

/** The picture with its faces as a file. */
export function draw(format: DrawingFormat, picture: ReadPicture, faces: Face[]): Promise<Uint8Array | string> {
  return DRAWINGS[format](picture, faces);
}

/** The picture with its faces as a PNG file. */
export function drawPng(pixels: Pixels, faces: Face[]): Promise<Uint8Array> {
  return toPng(drawFaces(pixels, faces));
}

/** A picture as a PNG file, by the threads of Node's zlib. */
export function toPng(pixels: Pixels): Promise<Uint8Array> {
  return encodePng(pixels, (bands) => compress(Buffer.concat([...bands]), { level: LEVEL }));
}

/** The picture in a URL: its own file where that is a JPEG which stands as it is seen, as not every viewer turns it. */
async function urlOf({ file, pixels, label }: ReadPicture): Promise<string> {
  const { format, orientationAt } = checkHeader(file, label);
  const isKept = format === 'JPEG' && (orientationAt === undefined || file[orientationAt] === UPRIGHT);
  const [type, bytes] = isKept ? ['jpeg', file] : ['png', await toPng(pixels)];
  return `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
