// Pixels to PNG files, compressed by the runtime's own zlib unless told otherwise. One filter for all rows: with Paeth, photographs become as
// small as with the best filter of each row.
import { ArgumentError, ours, reasonOf } from '../base/errors.ts';
import { callback, read, rule } from '../base/options.ts';
import { bytesPerPixel, readPixels } from '../base/pixels.ts';
import type { Pixels } from '../base/types.ts';
import { crc32 } from '../base/crc32.ts';
import { paeth } from './paeth.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PAETH_FILTER = 4;
/** Filtered bytes that wait for compression. */
const BAND_BYTES = 1 << 18;
/** Colour types of the header. */
const RGB = 2;
const RGBA = 6;

const bytes = rule<Uint8Array>('a Uint8Array', (value) => value instanceof Uint8Array);

/** Compresses bytes that come band by band (RFC 1950). */
export type Deflate = (bands: Iterable<Uint8Array<ArrayBuffer>>) => Promise<Uint8Array>;

/**
 * Encodes a picture as a PNG file, without alpha if the picture is opaque.
 *
 * @throws ImageError if size and data don't fit together
 * @throws ArgumentError if `deflate` is no function, or gives no bytes
 */
export async function encodePng(picture: Pixels, deflate: Deflate = deflateStream): Promise<Uint8Array> {
  const pixels = readPixels(picture);
  read(deflate, 'deflate', callback);
  const channels = bytesPerPixel(pixels) === 3 || isOpaque(pixels) ? 3 : 4;
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, pixels.width);
  new DataView(header.buffer).setUint32(4, pixels.height);
  header.set([8, channels === 3 ? RGB : RGBA], 8);
  const compressed = await compress(filter(pixels, channels), deflate);
  const file = [Uint8Array.from(SIGNATURE), chunk('IHDR', header), chunk('IDAT', compressed), chunk('IEND', new Uint8Array(0))];
  return new Uint8Array(await new Blob(file).arrayBuffer());
}

async function compress(bands: Generator<Uint8Array<ArrayBuffer>>, deflate: Deflate): Promise<Uint8Array> {
  try {
    return read(await deflate(bands), 'its answer', bytes);
  } catch (error) {
    throw new ArgumentError(`deflate failed: ${ours(error)?.message ?? reasonOf(error)}`, { cause: error });
  }
}

/** Whether all of an RGBA picture is. */
function isOpaque({ data }: Pixels): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}

/** The rows of a picture with that many channels. */
function* rowsOf({ data, width, height }: Pixels, channels: number): Generator<Pixels['data']> {
  const rowBytes = data.length / height;
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * rowBytes, (y + 1) * rowBytes);
    if (rowBytes === width * channels) yield row;
    else yield withoutAlpha(row);
  }
}

function withoutAlpha(row: Pixels['data']): Uint8Array {
  const rgb = new Uint8Array((row.length / 4) * 3);
  for (let from = 0, to = 0; from < row.length; from += 4, to += 3) {
    rgb[to] = row[from];
    rgb[to + 1] = row[from + 1];
    rgb[to + 2] = row[from + 2];
  }
  return rgb;
}

/** Bands of rows, each row behind the number of its filter, each byte less its prediction. */
function* filter(pixels: Pixels, channels: number): Generator<Uint8Array<ArrayBuffer>> {
  const rowBytes = 1 + pixels.width * channels;
  const bandRows = Math.ceil(BAND_BYTES / rowBytes);
  let band = new Uint8Array(bandRows * rowBytes);
  let to = 0;
  let above: Pixels['data'] = new Uint8Array(rowBytes - 1);
  for (const row of rowsOf(pixels, channels)) {
    band[to++] = PAETH_FILTER;
    for (let i = 0; i < channels; i++) band[to++] = row[i] - above[i];
    for (let i = channels; i < row.length; i++) band[to++] = row[i] - paeth(row[i - channels], above[i], above[i - channels]);
    above = row;
    if (to === band.length) {
      yield band;
      band = new Uint8Array(bandRows * rowBytes);
      to = 0;
    }
  }
  yield band.subarray(0, to);
}

async function deflateStream(bands: Iterable<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  const iterator = bands[Symbol.iterator]();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Uint8Array(await new Response(stream.pipeThrough(new CompressionStream('deflate'))).arrayBuffer());
}

/** Length, type, data, and a checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
