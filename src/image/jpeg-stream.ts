// What a JPEG file holds, found by its markers (ITU-T T.81, annex B) without decoding a pixel. Bytes that don't belong
// there, and an end marker that is missing, are no reason to refuse a picture; nothing to decode is.
import { findOrientation, isText } from './exif.ts';

const RST0 = 0xd0;
const RST7 = 0xd7;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;
const TEM = 0x01;

/** Kinds of frames that can be decoded, by marker, and the fewest bits a block of 8 x 8 samples takes in them. */
const FRAMES: Record<number, { name: string; bitsPerBlock: number } | undefined> = {
  // A code for the mean and one for the end of the block.
  0xc0: { name: 'baseline', bitsPerBlock: 2 },
  0xc1: { name: 'extended', bitsPerBlock: 2 },
  // A code for the mean; blocks may share the code for the rest.
  0xc2: { name: 'progressive', bitsPerBlock: 1 },
};
/** DHT, JPG and DAC have numbers among those of frames. */
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

/** More than any encoder writes (about ten), fewer than keep a decoder busy for minutes. */
const MAX_SCANS = 100;

const JFIF = Uint8Array.of(0xff, APP0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);

export interface Jpeg {
  width: number;
  height: number;
  /** Samples per pixel: 1 grey, 3 colours, 4 CMYK or the like. */
  components: number;
  /** Where the file says which way up it stands: offset of the byte that holds 1 to 8. */
  orientationAt: number | undefined;
  /** A file of the same pixels: no stray bytes, no metadata but those of colours, an end marker. */
  plain: Uint8Array<ArrayBuffer>;
}

/**
 * Takes a JPEG file apart.
 *
 * @throws Error if it has no frame or no pixels, or is of a kind that isn't decoded (lossless, hierarchical, arithmetic)
 */
export function readJpeg(file: Uint8Array): Jpeg {
  const parts: Uint8Array[] = [Uint8Array.of(0xff, SOI)];
  let frame: Frame | undefined;
  let orientationAt: number | undefined;
  let hasJfif = false;
  let scans = 0;
  let scanBytes = 0;
  for (const { marker, start, data } of segmentsOf(file)) {
    const whole = file.subarray(start, data.byteOffset - file.byteOffset + data.length);
    if (marker === APP0) {
      // The first only, in the plainest form: decoders ask for its presence, and complain of its version.
      if (!hasJfif && isText(data, 0, 'JFIF\0')) parts.push(JFIF);
      hasJfif ||= isText(data, 0, 'JFIF\0');
    } else if (marker === APP1) {
      const found = isText(data, 0, 'Exif\0\0') ? findOrientation(data) : undefined;
      if (found !== undefined) orientationAt ??= data.byteOffset - file.byteOffset + found;
    } else if (marker === APP14) {
      if (isText(data, 0, 'Adobe') && data[11] <= 2) parts.push(whole);
    } else if ((marker > APP0 && marker <= APP15) || marker === COM) continue;
    else if (marker >= 0xc0 && marker < RST0 && !NO_FRAMES.includes(marker)) {
      if (frame) throw new Error('it has two frames');
      frame = readFrame(marker, data);
      parts.push(whole);
    } else if (marker === SOS) {
      if (++scans > MAX_SCANS) throw new Error(`it has more than ${MAX_SCANS} scans`);
      const end = endOfScan(file, start + whole.length);
      scanBytes += end - start - whole.length;
      parts.push(file.subarray(start, end));
    } else parts.push(whole);
  }
  if (!frame || scans === 0) throw new Error(frame ? 'it has no pixels' : 'it has no frame');
  const { width, height, components, bits } = frame;
  if (scanBytes * 8 < bits) throw new Error(`${scanBytes} bytes can't hold ${width}x${height} pixels`);
  parts.push(Uint8Array.of(0xff, EOI));
  return { width, height, components, orientationAt, plain: concatenate(parts) };
}

interface Segment {
  marker: number;
  /** Where its marker stands. */
  start: number;
  data: Uint8Array;
}

/** Segments up to the end marker or the last whole one, whatever stands between them. */
function* segmentsOf(file: Uint8Array): Generator<Segment> {
  for (let at = 2; at + 4 <= file.length; ) {
    const marker = file[at + 1];
    const alone = marker === TEM || (marker >= RST0 && marker <= SOI);
    if (file[at] !== 0xff || marker === 0xff || marker === 0 || alone) {
      at++;
      continue;
    }
    const length = (file[at + 2] << 8) | file[at + 3];
    if (marker === EOI || length < 2 || at + 2 + length > file.length) return;
    yield { marker, start: at, data: file.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
    if (marker === SOS) at = endOfScan(file, at);
  }
}

/** Where the marker behind a scan stands. Within it, zero follows FF, or the number of a restart marker. */
function endOfScan(file: Uint8Array, at: number): number {
  for (; at < file.length; at++) {
    at = file.indexOf(0xff, at);
    if (at < 0) return file.length;
    const next = file[at + 1];
    if (next !== 0 && !(next >= RST0 && next <= RST7)) return at;
  }
  return file.length;
}

interface Frame {
  width: number;
  height: number;
  components: number;
  /** The fewest bits that its pixels take. */
  bits: number;
}

function readFrame(marker: number, data: Uint8Array): Frame {
  const kind = FRAMES[marker];
  if (!kind) throw new Error('it is lossless, hierarchical or arithmetic-coded, which no browser reads either');
  const [precision, h1, h0, w1, w0, components] = data;
  const height = (h1 << 8) | h0;
  const width = (w1 << 8) | w0;
  if (precision !== 8) throw new Error(`it has ${precision} bits per sample instead of 8`);
  if (![1, 3, 4].includes(components) || data.length < 6 + 3 * components) throw new Error(`it has ${components} samples per pixel`);
  const factors = Array.from({ length: components }, (_, i) => ({ x: data[7 + 3 * i] >> 4, y: data[7 + 3 * i] & 15 }));
  if (factors.some(({ x, y }) => x < 1 || x > 4 || y < 1 || y > 4)) throw new Error('its colours are sampled in a way there is not');
  const maxX = Math.max(...factors.map(({ x }) => x));
  const maxY = Math.max(...factors.map(({ y }) => y));
  const blocks = (size: number, factor: number, max: number) => Math.ceil(Math.ceil((size * factor) / max) / 8);
  const bits = factors.reduce((sum, { x, y }) => sum + blocks(width, x, maxX) * blocks(height, y, maxY) * kind.bitsPerBlock, 0);
  return { width, height, components, bits };
}

function concatenate(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
