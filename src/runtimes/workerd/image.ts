/** Pictures in Cloudflare Workers: mozjpeg as an imported module, all else by ourselves. */
import create from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import mozjpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import { read } from '../../base/options.ts';
import type { Pixels } from '../../base/types.ts';
import { decodeBmp } from '../../image/bmp.ts';
import { readBytes, type ImageBytes } from '../../image/bytes.ts';
import { decodeFile, type Decoders } from '../../image/decode-file.ts';
import { createDecoder, type Decoder } from '../../image/emscripten.ts';
import { decodeGif } from '../../image/gif.ts';
import { pixelLimit } from '../../image/header.ts';
import { readJpeg } from '../../image/jpeg-stream.ts';
import { decodePng } from '../../image/png.ts';

export { alignFace, type AlignableFace, type AlignedFace, type AlignOptions, type AlignTemplate } from '../../faces/align-face.ts';
export { drawFaces } from '../../image/draw.ts';
export type { DrawnFace } from '../../image/face-marks.ts';
export { encodePng, type Deflate } from '../../image/encode.ts';
export type { ImageBytes } from '../../image/bytes.ts';

/** An isolate has 128 MB, of which a turned JPEG takes 12 bytes per pixel, the model 40 MB, and a drawing 4 bytes per pixel. */
const MAX_PIXELS = 2_500_000;

const decoders: Decoders = { JPEG: decodeJpeg, PNG: decodePng, BMP: decodeBmp, GIF: decodeGif };

/**
 * Decodes a JPEG, PNG, BMP or GIF (its first frame). It is turned as its EXIF data says.
 *
 * @param source the whole file, as bytes or a Blob
 * @param label what errors call the picture
 * @param maxPixels larger ones are refused before they are decoded; default 2.5 megapixels, what an isolate's memory takes
 * @returns RGBA pixels
 * @throws ImageError when the bytes are empty, no such picture, damaged, truncated or of more than `maxPixels`
 */
export async function decodeImage(source: ImageBytes, label = 'picture', maxPixels = MAX_PIXELS): Promise<Pixels> {
  read(maxPixels, 'maxPixels', pixelLimit);
  return decodeFile(await readBytes(source, label), label, decoders, maxPixels);
}

let kept: Decoder | undefined;

/** One decoder for all pictures: those of earlier ones would wait for the garbage collector, 17 to 31 MB each. */
async function decodeJpeg(file: Uint8Array): Promise<Pixels> {
  const { plain, components } = readJpeg(file);
  if (components === 4) throw new Error('its colours are CMYK');
  const decoder = kept ?? (await createDecoder(create, mozjpeg, false));
  kept = undefined;
  const pixels = decoder.decode(plain);
  kept = decoder;
  return pixels;
}
