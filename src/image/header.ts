// What a picture file says about itself before a pixel is decoded: format and size. Cheap checks that answer with a
// clear error where the decoder would allocate gigabytes, fail with a riddle or silently return wrong pixels.
import { imageSize } from 'image-size';
import { ImageError } from '../errors.ts';
import { quote } from '../weights/quote.ts';
import { findTiffProblem } from './tiff.ts';

/** Largest picture that is decoded, in pixels (RGBA takes 4 bytes each, the JPEG decoder up to 28 while it works). */
export const MAX_PIXELS = 100_000_000;

export type Format = 'JPEG' | 'PNG' | 'BMP' | 'GIF' | 'TIFF' | 'WebP' | 'AVIF';

/** What a decoder takes. */
export interface DecoderLimits {
  formats: Format[];
  maxPixels: number;
}

const JIMP: DecoderLimits = { formats: ['JPEG', 'PNG', 'BMP', 'GIF', 'TIFF'], maxPixels: MAX_PIXELS };

/** First bytes of formats that a decoder may take, one character per byte. */
const known: [Format, RegExp][] = [
  ['JPEG', /^\xff\xd8\xff/],
  ['PNG', /^\x89PNG\r\n\x1a\n/],
  ['BMP', /^BM/],
  ['GIF', /^GIF8[79]a/],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['WebP', /^RIFF[^]{4}WEBP/],
  ['AVIF', /^[^]{4}ftypavi[fs]/],
];

/** Formats that no decoder takes, so that the error can name them. */
const unsupported: [string, RegExp][] = [
  ['HEIC', /^[^]{4}ftyp(hei|hev|mif1|msf1)/],
  ['JPEG XL', /^(\xff\x0a|\0\0\0\x0cJXL )/],
  ['JPEG 2000', /^(\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['BigTIFF', /^(II\+\0|MM\0\+)/],
  ['SVG', /^(\xef\xbb\xbf)?\s*<(svg|(\?xml|!DOCTYPE|!--)[^]*<svg)\b/i],
  ['Photoshop', /^8BPS/],
  ['PDF', /^%PDF-/],
  ['icon', /^\0\0[\x01\x02]\0/],
  ['Netpbm', /^P[1-7]\s/],
];

/**
 * The format of a picture file, after its header was checked.
 *
 * @param bytes the whole file
 * @param label what errors call it
 * @param limits the decoder's; default: those of Node, Deno and Bun
 * @throws ImageError when it is empty, no picture, of another format, of no size or too large
 */
export function checkHeader(bytes: Uint8Array, label: string, { formats, maxPixels }: DecoderLimits = JIMP): Format {
  if (bytes.length === 0) throw new ImageError(`${label} is empty (0 bytes): give a picture`);
  const start = String.fromCharCode(...bytes.subarray(0, 1024));
  const matches = ([, signature]: [string, RegExp]) => signature.test(start);
  const format = known.find(matches)?.[0];
  if (format === undefined || !formats.includes(format)) {
    const other = format ?? unsupported.find(matches)?.[0];
    const advice = `supported are ${formats.slice(0, -1).join(', ')} and ${formats.at(-1)}`;
    if (other !== undefined) throw new ImageError(`${label} is in ${other} format: convert it first; ${advice}`);
    throw new ImageError(`${label} is not a picture (it starts with ${quote(start.slice(0, 12))}): ${advice}`);
  }
  checkVariant(bytes, format, label);
  checkSize(bytes, format, maxPixels, label);
  return format;
}

function checkSize(bytes: Uint8Array, format: Format, maxPixels: number, label: string): void {
  let size: { width: number; height: number };
  try {
    size = imageSize(bytes);
  } catch {
    throw new ImageError(`${label} has a damaged, truncated or unusual ${format} header: save it again as JPEG or PNG`);
  }
  const { width, height } = size;
  if (!(width > 0 && height > 0)) throw new ImageError(`${label} is ${width}x${height} pixels: a picture needs at least 1x1`);
  if (width * height > maxPixels) {
    const limit = `${maxPixels / 1e6} megapixels`;
    throw new ImageError(`${label} claims ${width}x${height} pixels, more than the limit of ${limit}: make it smaller first`);
  }
}

/** Variants that the decoder would turn into wrong pixels without a word, or not come back from. */
function checkVariant(bytes: Uint8Array, format: Format, label: string): void {
  // Offset 14: size of the header, 12 in OS/2's; offset 30: compression, 1 and 2 are run lengths.
  if (format === 'BMP' && (bytes[14] === 12 || bytes[30] === 1 || bytes[30] === 2)) {
    throw new ImageError(`${label} is an OS/2 or run-length compressed BMP: save it uncompressed or as PNG`);
  }
  const problem = format === 'TIFF' ? findTiffProblem(bytes) : undefined;
  if (problem !== undefined) throw new ImageError(`${label} is a TIFF that ${problem}: save it again as PNG`);
}
