// MJPEG: JPEG files one behind the other, perhaps with something else between them, such as the headers of a camera's multipart stream.
// Where one ends is told by its segments (ITU-T T.81, annex B), so that a thumbnail in it is no picture of its own.
import { ImageError } from '../base/errors.ts';
import type { ByteStream } from './byte-stream.ts';

const MARK = 0xff;
const TEM = 0x01;
const RST0 = 0xd0;
const RST7 = 0xd7;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** Largest frame, in bytes. */
const MAX_FRAME = 64 * 2 ** 20;

/**
 * The frames, not decoded; one that is damaged ends where that shows.
 *
 * @param label what errors call the stream
 * @throws ImageError for a frame that has no end for too long
 */
export async function* readMjpegFrames(stream: ByteStream, label: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let index = 0; await skipToPicture(stream); index++) {
    const end = await endOfPicture(stream);
    if (end > MAX_FRAME) throw new ImageError(`${label}: frame ${index} has no end within ${MAX_FRAME / 2 ** 20} MiB`);
    yield stream.take(end);
  }
}

/** Leaves out what stands before the next start of a picture. @returns false if there is none */
async function skipToPicture(stream: ByteStream): Promise<boolean> {
  while (await stream.has(3)) {
    const { ahead } = stream;
    const at = ahead.indexOf(MARK);
    if (at < 0) stream.skip(ahead.length);
    else if (at > 0) stream.skip(at);
    // A segment follows at once.
    else if (ahead[1] === SOI && ahead[2] === MARK) return true;
    else stream.skip(1);
  }
  return false;
}

/** Bytes to the end of the picture that is ahead: behind its end marker, or where it is damaged, the next one begins or nothing follows. */
async function endOfPicture(stream: ByteStream): Promise<number> {
  let at = 2;
  while (at <= MAX_FRAME && (await stream.has(at + 2))) {
    const [mark, kind] = stream.ahead.subarray(at, at + 2);
    if (mark !== MARK || kind === SOI) return at;
    if (kind === EOI) return at + 2;
    if (kind === MARK) at++;
    else if (kind === TEM || (kind >= RST0 && kind <= RST7)) at += 2;
    else if (await stream.has(at + 4)) {
      const { ahead } = stream;
      at += 2 + (ahead[at + 2] << 8) + ahead[at + 3];
      if (kind === SOS) at = await endOfScan(stream, at);
    } else break;
  }
  return at > MAX_FRAME ? at : stream.ahead.length;
}

/** The next marker behind the codes of a scan, in which a mark is followed by 0 or counts restarts. */
async function endOfScan(stream: ByteStream, at: number): Promise<number> {
  while (at <= MAX_FRAME && (await stream.has(at + 2))) {
    const { ahead } = stream;
    const mark = ahead.indexOf(MARK, at);
    if (mark < 0) at = ahead.length;
    else if (mark + 1 === ahead.length) at = mark;
    else if (ahead[mark + 1] === 0 || (ahead[mark + 1] >= RST0 && ahead[mark + 1] <= RST7)) at = mark + 2;
    else return mark;
  }
  return at;
}
