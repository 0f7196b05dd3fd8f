// What `pipnet-wasm video` is given, as frames: pictures one after the other, or a stream of Y4M, MJPEG or an animated GIF, which are
// told apart by how they begin. One frame is in memory at a time; of a GIF the file, too.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { ImageError, PipnetError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import type { Pixels } from '../base/types.ts';
import { checkHeader, damaged } from '../image/header.ts';
import { decodeImage, MAX_FILE_BYTES, readImage, unreadable } from '../runtimes/node/decode.ts';
import { ByteStream } from '../video/byte-stream.ts';
import { gifSteps } from '../video/gif.ts';
import { readMjpegFrames } from '../video/mjpeg.ts';
import { MAX_FRAME_PIXELS, readY4mFrames, readY4mHeader, y4mFrameBytes, type Rate } from '../video/y4m.ts';
import { findPictures, labelOf, STDIN } from './inputs.ts';

/** A frame that may turn out to be none. */
export interface SourceFrame {
  /** Milliseconds. */
  timestamp: number;
  /**
   * To be called before the next frame is asked for.
   *
   * @throws PipnetError if it is damaged
   */
  read(): Pixels | Promise<Pixels>;
}

export interface VideoSource {
  /** Frames a second; of a GIF, by how long its first one is shown. */
  rate: Rate;
  /** How many there are, about, where that is known. */
  total?: number | undefined;
  frames: AsyncIterable<SourceFrame>;
}

/** Bytes that tell what a stream is. */
const START = 16;

type Open = (stream: ByteStream, label: string, rate: Rate, bytes: number | undefined) => Promise<VideoSource>;

const STREAMS: [RegExp, Open][] = [
  [/^YUV4MPEG2 /, openY4m],
  // A camera's stream begins with a boundary.
  [/^(\xff\xd8|(\r?\n)?--)/, async (stream, label, rate) => ({ rate, frames: mjpegFrames(stream, label, rate) })],
  [/^GIF8[79]a/, openGif],
];

/**
 * Opens a video.
 *
 * @param source folder, glob, file, or `-` for standard input
 * @param fps frames a second, where it has no times of its own
 * @param signal ends a stream, which then has no more frames
 * @throws PipnetError if there is nothing to be read, or it is in another format
 */
export async function openVideo(source: string, fps: number, signal: AbortSignal): Promise<VideoSource> {
  const rate: Rate = Number.isInteger(fps) ? [fps, 1] : [Math.round(1000 * fps), 1000];
  const pictures = await findPictures([source]);
  if (pictures.length === 1 && pictures[0] === source) {
    const bytes = source === STDIN ? undefined : (await stat(source).catch(() => undefined))?.size;
    return openStream(piecesOf(source, signal), labelOf(source), rate, bytes);
  }
  return {
    rate,
    total: pictures.length,
    frames: evenly(pictures, rate, (picture) => readImage(picture)),
  };
}

/**
 * Opens a stream.
 *
 * @param bytes how many there are, if that is known
 * @throws ImageError if it is none that can be read; where it is damaged later, its last frame says so
 */
export async function openStream(pieces: AsyncIterable<Uint8Array>, label: string, rate: Rate, bytes?: number): Promise<VideoSource> {
  const stream = new ByteStream(pieces);
  await stream.has(START);
  const start = String.fromCharCode(...stream.ahead.subarray(0, START));
  if (start === '') throw new ImageError(`${label} is empty (0 bytes): give a video`);
  const [, open] = STREAMS.find(([signature]) => signature.test(start)) ?? [];
  if (open) {
    const video = await open(stream, label, rate, bytes);
    return { ...video, frames: endingInFault(video.frames) };
  }
  throw new ImageError(
    `${label} is neither Y4M, MJPEG nor GIF (it starts with ${quote(start)}): ffmpeg -i <video> -f yuv4mpegpipe - | pipnet-wasm video - reads any other`,
  );
}

async function* piecesOf(source: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(signal, source === STDIN ? process.stdin : createReadStream(source));
  } catch (error) {
    if (!signal.aborted) throw unreadable(error, labelOf(source));
  }
}

async function openY4m(stream: ByteStream, label: string, usual: Rate, bytes?: number): Promise<VideoSource> {
  const header = await readY4mHeader(stream, label);
  const { rate = usual } = header;
  const total = bytes && Math.floor(bytes / y4mFrameBytes(header));
  return { rate, total, frames: evenly(readY4mFrames(stream, header, label), rate, (pixels) => pixels) };
}

function mjpegFrames(stream: ByteStream, label: string, rate: Rate): AsyncIterable<SourceFrame> {
  return evenly(readMjpegFrames(stream, label), rate, (file, index) => decodeImage(file, `${label}, frame ${index}`, MAX_FRAME_PIXELS));
}

async function openGif(stream: ByteStream, label: string): Promise<VideoSource> {
  if (await stream.has(MAX_FILE_BYTES + 1)) throw new ImageError(`${label} is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB: cut it first`);
  const file = stream.take(stream.ahead.length);
  checkHeader(file, label, { formats: ['GIF'], maxPixels: MAX_FRAME_PIXELS });
  const [{ duration }] = gifSteps(file);
  return { rate: [1000, duration], frames: gifFrames(file, label) };
}

async function* gifFrames(file: Uint8Array, label: string): AsyncGenerator<SourceFrame> {
  const attempt = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw damaged(error, label, 'GIF');
    }
  };
  const steps = gifSteps(file);
  for (let step = attempt(() => steps.next()); !step.done; step = attempt(() => steps.next())) {
    const { timestamp, paint } = step.value;
    yield { timestamp, read: () => attempt(paint) };
  }
}

/** Frames that follow each other at a rate. */
async function* evenly<T>(
  items: Iterable<T> | AsyncIterable<T>,
  [frames, seconds]: Rate,
  read: (item: T, index: number) => Pixels | Promise<Pixels>,
): AsyncGenerator<SourceFrame> {
  let index = 0;
  for await (const item of items) {
    const at = index++;
    yield { timestamp: (1000 * at * seconds) / frames, read: () => read(item, at) };
  }
}

/** What is wrong between two frames is wrong with one more, after which there are none. */
async function* endingInFault(frames: AsyncIterable<SourceFrame>): AsyncGenerator<SourceFrame> {
  try {
    yield* frames;
  } catch (error) {
    if (!(error instanceof PipnetError)) throw error;
    yield { timestamp: Infinity, read: () => Promise.reject(error) };
  }
}
