// The formats of pictures, and which files are pictures by their name, for folders and globs; what a file holds is decided by
// its bytes.

/** Formats that are read. */
export const FORMATS = ['JPEG', 'PNG', 'BMP', 'GIF', 'WebP', 'AVIF'] as const;
export type Format = (typeof FORMATS)[number];

/** Names of their files. */
export const PICTURES = /\.(jpe?g|jpe|jfif|png|apng|bmp|dib|gif|webp|avifs?)$/i;

/** Those formats, for messages. */
export const FORMAT_NAMES = FORMATS.join(', ');

const UNREAD: [string, RegExp][] = [
  ['HEIC', /\.(hei[cf]s?|hif)$/i],
  ['TIFF', /\.tiff?$/i],
  ['JPEG XL', /\.jxl$/i],
  ['JPEG 2000', /\.(jp2|j2k|jpf|jpx|jpm)$/i],
  ['raw', /\.(dng|cr[23w]|nef|nrw|arw|sr2|orf|rw2|raf|pef|srw|raw|x3f)$/i],
  ['Photoshop', /\.psd$/i],
  ['SVG', /\.svgz?$/i],
];

/** The format of a picture that isn't read, by the name of its file; undefined for all other files. */
export function unreadFormat(name: string): string | undefined {
  return UNREAD.find(([, pattern]) => pattern.test(name))?.[0];
}
