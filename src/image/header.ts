// What a picture file says about itself before a pixel is decoded: format, size and which way up it stands. Cheap checks
// that answer with a clear error where a decoder would allocate gigabytes or fail with a riddle.
import { ImageError } from '../base/errors.ts';
import { wholeNumber } from '../base/options.ts';
import { quote } from '../base/quote.ts';
import { hasBrand, readAvif } from './avif.ts';
import { readBmp } from './bmp.ts';
import { readGif } from './gif.ts';
import { readJpeg } from './jpeg-stream.ts';
import { FORMATS, type Format } from './names.ts';
import { findPngOrientation, readPngSize } from './png.ts';
import { readWebP } from './webp.ts';

/** Largest picture that is decoded, in pixels (RGBA takes 4 bytes each, the JPEG decoder up to 28 while it works). */
export const MAX_PIXELS = 100_000_000;

/** What callers may set instead. */
export const pixelLimit = wholeNumber(1, MAX_PIXELS);

/** What a decoder takes. */
export interface DecoderLimits {
  formats: readonly Format[];
  maxPixels: number;
}

const ALL_FORMATS: DecoderLimits = { formats: FORMATS, maxPixels: MAX_PIXELS };

export interface Header {
  format: Format;
  /** As it is stored. */
  width: number;
  height: number;
  /** Offset of the byte that says which way up it stands, 1 to 8, by its EXIF data. */
  orientationAt?: number | undefined;
}

type Signature = RegExp | ((file: Uint8Array) => boolean);

/** First bytes of formats that a decoder may take, one character per byte, and what reads their header. */
const known: [Format, Signature, (file: Uint8Array) => Omit<Header, 'format'>][] = [
  ['JPEG', /^\xff\xd8/, readJpeg],
  ['PNG', /^\x89PNG\r\n\x1a\n/, (file) => ({ ...readPngSize(file), orientationAt: findPngOrientation(file) })],
  ['BMP', /^BM/, readBmp],
  ['GIF', /^GIF8[79]a/, readGif],
  ['WebP', /^RIFF.{4}WEBP/s, readWebP],
  ['AVIF', (file) => hasBrand(file, ['avif', 'avis']), readAvif],
];

/** Formats that no decoder takes, so that the error can name them. */
const unsupported: [string, Signature][] = [
  ['HEIC', (file) => hasBrand(file, ['hei', 'hev', 'mif1', 'msf1'])],
  ['TIFF', /^(II\*\0|MM\0\*|II\+\0|MM\0\+)/],
  ['JPEG XL', /^(\xff\x0a|\0\0\0\x0cJXL )/],
  ['JPEG 2000', /^(\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['SVG', /^(\xef\xbb\xbf)?\s*<(svg|(\?xml|!DOCTYPE|!--).*<svg)\b/is],
  ['Photoshop', /^8BPS/],
  ['PDF', /^%PDF-/],
  ['icon', /^\0\0[\x01\x02]\0/],
  ['Netpbm', /^P[1-7]\s/],
];

/**
 * The header of a picture file, checked.
 *
 * @param file the whole of it
 * @param label what errors call it
 * @param limits the decoder's; default: those of Node, Deno and Bun
 * @throws ImageError when it is empty, no picture, of another format, damaged, of no size or too large
 */
export function checkHeader(file: Uint8Array, label: string, { formats, maxPixels }: DecoderLimits = ALL_FORMATS): Header {
  if (file.length === 0) throw new ImageError(`${label} is empty (0 bytes): give a picture`);
  const start = String.fromCharCode(...file.subarray(0, 1024));
  const matches = ([, signature]: readonly [string, Signature, ...unknown[]]) =>
    signature instanceof RegExp ? signature.test(start) : signature(file);
  const [format, , readHeader] = known.find(matches) ?? [];
  if (format === undefined || readHeader === undefined || !formats.includes(format)) {
    const other = format ?? unsupported.find(matches)?.[0];
    const advice = `supported are ${formats.slice(0, -1).join(', ')} and ${formats.at(-1)}`;
    if (other !== undefined)
      throw new ImageError(`${label} is in ${other} format, which can't be read here: save or export it as JPEG or PNG; ${advice}`);
    throw new ImageError(`${label} is not a picture (it starts with ${quote(start.slice(0, 12))}): ${advice}`);
  }
  const header = { format, ...attempt(() => readHeader(file), label, format) };
  const { width, height } = header;
  if (!(width > 0 && height > 0)) throw new ImageError(`${label} is ${width}x${height} pixels: a picture needs at least 1x1`);
  if (width * height > maxPixels) {
    const limit = `${maxPixels / 1e6} megapixels`;
    throw new ImageError(`${label} claims ${width}x${height} pixels, more than the limit of ${limit}: make it smaller first`);
  }
  return header;
}

function attempt<T>(read: () => T, label: string, format: Format): T {
  try {
    return read();
  } catch (error) {
    throw damaged(error, label, format);
  }
}

/** What a decoder's failure is to the caller. An ImageError already says it: the decoder itself is missing. */
export function damaged(error: unknown, label: string, format: Format): ImageError {
  if (error instanceof ImageError) return error;
  const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  return new ImageError(`${label} is a damaged, truncated or unusual ${format} (${reason}): save it again as JPEG or PNG`);
}
