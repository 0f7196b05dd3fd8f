// What a WebP file holds (RFC 9649): size, orientation, and the first frame as a file that decoders of still pictures take.
import type { Pixels } from '../base/types.ts';
import { findOrientation, isText } from './exif.ts';

const RIFF_BYTES = 12;
const CHUNK_BYTES = 8;
/** Of an animation's frame: corner, size, duration, flags. */
const FRAME_BYTES = 16;
const HAS_ALPHA = 0x10;

export interface WebP {
  /** Of the whole picture. */
  width: number;
  height: number;
  /** Offset of the byte that holds the orientation, 1 to 8. */
  orientationAt: number | undefined;
  /** An animation's first frame: its corner in the picture, and a file of its own. Undefined for a still picture. */
  frame: { x: number; y: number; width: number; height: number; file: Uint8Array } | undefined;
}

interface Chunk {
  type: string;
  at: number;
  data: Uint8Array;
}

/** @throws Error if the file is damaged, or its frame doesn't fit its size */
export function readWebP(file: Uint8Array): WebP {
  const chunks = [...chunksOf(file, RIFF_BYTES)];
  const find = (type: string) => chunks.find((chunk) => chunk.type === type);
  const exif = find('EXIF');
  const found = exif && findOrientation(exif.data);
  const orientationAt = found === undefined ? undefined : exif!.at + found;

  const animation = find('ANMF');
  const pixels = pixelsOf(animation ? [...chunksOf(animation.data, FRAME_BYTES)] : chunks);
  const extended = find('VP8X')?.data;
  const { width, height } =
    extended && extended.length >= 10 ? { width: uint24(extended, 4) + 1, height: uint24(extended, 7) + 1 } : pixels;
  const [x, y] = animation ? [2 * uint24(animation.data, 0), 2 * uint24(animation.data, 3)] : [0, 0];
  const fits = animation ? x + pixels.width <= width && y + pixels.height <= height : pixels.width === width && pixels.height === height;
  if (!fits) throw new Error(`its frame of ${pixels.width}x${pixels.height} doesn't fit its ${width}x${height} pixels`);
  return { width, height, orientationAt, frame: animation && { x, y, width: pixels.width, height: pixels.height, file: fileOf(pixels) } };
}

/** A frame at its place in a picture that is transparent else. */
export function onCanvas(frame: Pixels, { x, y }: { x: number; y: number }, { width, height }: { width: number; height: number }): Pixels {
  const data = new Uint8Array(width * height * 4);
  for (let row = 0; row < frame.height; row++) {
    data.set(frame.data.subarray(4 * frame.width * row, 4 * frame.width * (row + 1)), 4 * ((y + row) * width + x));
  }
  return { data, width, height };
}

/** Chunks: type, length, data, a byte more if the length is odd. */
function* chunksOf(bytes: Uint8Array, start: number): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = start; at + CHUNK_BYTES <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    const data = bytes.subarray(at + CHUNK_BYTES, at + CHUNK_BYTES + length);
    yield { type: String.fromCharCode(...bytes.subarray(at, at + 4)), at: at + CHUNK_BYTES, data };
    at += CHUNK_BYTES + length + (length & 1);
  }
}

interface Frame {
  width: number;
  height: number;
  bitstream: Chunk;
  alpha: Chunk | undefined;
}

function pixelsOf(chunks: Chunk[]): Frame {
  const alpha = chunks.find(({ type }) => type === 'ALPH');
  for (const bitstream of chunks) {
    const { type, data } = bitstream;
    if (type === 'VP8 ' && data.length >= 10 && isText(data, 3, '\x9d\x01\x2a')) {
      return { width: (data[6] | (data[7] << 8)) & 0x3fff, height: (data[8] | (data[9] << 8)) & 0x3fff, bitstream, alpha };
    }
    if (type === 'VP8L' && data.length >= 5 && data[0] === 0x2f) {
      const size = data[1] | (data[2] << 8) | (data[3] << 16) | (data[4] << 24);
      return { width: (size & 0x3fff) + 1, height: ((size >>> 14) & 0x3fff) + 1, bitstream, alpha: undefined };
    }
  }
  throw new Error('it has no pixels');
}

/** A file of one frame. */
function fileOf({ width, height, bitstream, alpha }: Frame): Uint8Array {
  const header = new Uint8Array(10);
  header[0] = alpha ? HAS_ALPHA : 0;
  header.set([width - 1, (width - 1) >> 8, (width - 1) >> 16, height - 1, (height - 1) >> 8, (height - 1) >> 16], 4);
  const body: [string, Uint8Array][] = [
    ['VP8X', header],
    ...(alpha ? [['ALPH', alpha.data] as [string, Uint8Array]] : []),
    [bitstream.type, bitstream.data],
  ];
  const file = new Uint8Array(RIFF_BYTES + body.reduce((sum, [, { length }]) => sum + CHUNK_BYTES + length + (length & 1), 0));
  const view = new DataView(file.buffer);
  let at = 0;
  const put = (type: string, length: number) => {
    for (let i = 0; i < 4; i++) file[at + i] = type.charCodeAt(i);
    view.setUint32(at + 4, length, true);
    at += CHUNK_BYTES;
  };
  put('RIFF', file.length - CHUNK_BYTES);
  for (const letter of 'WEBP') file[at++] = letter.charCodeAt(0);
  for (const [type, data] of body) {
    put(type, data.length);
    file.set(data, at);
    at += data.length + (data.length & 1);
  }
  return file;
}

function uint24(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
}
