import type { Pixels } from '../base/types.ts';
import { checkHeader, damaged, MAX_PIXELS } from './header.ts';
import type { Format } from './names.ts';
import { orient } from './orient.ts';

/** A runtime's decoders, by the formats that it takes. */
export type Decoders = { readonly [format in Format]?: (file: Uint8Array) => Pixels | Promise<Pixels> };

/**
 * Decodes a picture file and turns it as it says.
 *
 * @throws ImageError as `checkHeader`, or for whatever a decoder throws
 */
export async function decodeFile(file: Uint8Array, label: string, decoders: Decoders, maxPixels = MAX_PIXELS): Promise<Pixels> {
  const { format, orientationAt } = checkHeader(file, label, { formats: Object.keys(decoders) as Format[], maxPixels });
  try {
    const pixels = await decoders[format]!(file);
    return orientationAt === undefined ? pixels : orient(pixels, file[orientationAt]);
  } catch (error) {
    throw damaged(error, label, format);
  }
}
