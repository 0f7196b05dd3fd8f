// Pixels to PNG files, compressed by the runtime's own zlib. One filter for all rows: with Paeth, photographs become as
// small as with the best filter of each row.
import { bytesPerPixel } from '../pixels.ts';
import type { Pixels } from '../types.ts';
import { crc32 } from '../weights/crc32.ts';
import { paeth } from './paeth.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PAETH_FILTER = 4;
/** Colour types of the header. */
const RGB = 2;
const RGBA = 6;

/**
 * Encodes a picture as a PNG file: RGB without alpha, RGBA with it.
 *
 * @throws ImageError if size and data don't fit together
 */
export async function encodePng(pixels: Pixels): Promise<Uint8Array> {
  const channels = bytesPerPixel(pixels);
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, pixels.width);
  new DataView(header.buffer).setUint32(4, pixels.height);
  header.set([8, channels === 3 ? RGB : RGBA], 8);
  const file = [Uint8Array.from(SIGNATURE), chunk('IHDR', header), chunk('IDAT', await deflate(filter(pixels, channels))), chunk('IEND', new Uint8Array(0))];
  return new Uint8Array(await new Blob(file).arrayBuffer());
}

/** Each row behind the number of its filter, each byte less its prediction. */
function filter({ data, width, height }: Pixels, channels: number): Uint8Array<ArrayBuffer> {
  const rowBytes = width * channels;
  const filtered = new Uint8Array(height * (1 + rowBytes));
  let above = new Uint8Array(rowBytes) as Pixels['data'];
  for (let y = 0, to = 0; y < height; y++) {
    const row = data.subarray(y * rowBytes, (y + 1) * rowBytes);
    filtered[to++] = PAETH_FILTER;
    for (let i = 0; i < channels; i++) filtered[to++] = row[i] - above[i];
    for (let i = channels; i < rowBytes; i++) filtered[to++] = row[i] - paeth(row[i - channels], above[i], above[i - channels]);
    above = row;
  }
  return filtered;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
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
