// Y4M, the video without compression that `ffmpeg -f yuv4mpegpipe` writes (yuv4mpeg(5) of mjpegtools): a line of text, then frames of
// one size, each behind a line of its own. Samples have 8 bits; interlaced frames are taken as they lie.
import { ImageError } from '../base/errors.ts';
import { quote } from '../base/quote.ts';
import type { Pixels } from '../base/types.ts';
import type { ByteStream } from './byte-stream.ts';
import { planesOf, rgbToYuv420, yuvToRgb, type Sampling, type YuvLayout } from './yuv.ts';

export const Y4M_START = 'YUV4MPEG2 ';
const FRAME_START = 'FRAME';

/** Largest frame of any stream: 8K has 33 megapixels. */
export const MAX_FRAME_PIXELS = 36e6;

/** Longest line of text; ffmpeg's have less than 100. */
const MAX_LINE = 1024;
const NEWLINE = 0x0a;

/** What the parameter C may be. */
const COLOUR_SPACES: Record<string, Sampling | undefined> = {
  '420': { across: 2, down: 2 },
  '420jpeg': { across: 2, down: 2 },
  '420mpeg2': { across: 2, down: 2 },
  '420paldv': { across: 2, down: 2 },
  '422': { across: 2, down: 1 },
  '444': { across: 1, down: 1 },
  mono: { across: 1, down: 1, isGrey: true },
};

/** Frames a second, as a fraction. */
export type Rate = readonly [frames: number, seconds: number];

export interface Y4mHeader extends YuvLayout {
  /** Undefined where the file doesn't know. */
  rate: Rate | undefined;
}

/**
 * Reads the first line of a Y4M stream.
 *
 * @param label what errors call it
 * @throws ImageError if it is none, has no size or too large a one, or colours that aren't known
 */
export async function readY4mHeader(stream: ByteStream, label: string): Promise<Y4mHeader> {
  const line = await readLine(stream);
  if (!line?.startsWith(Y4M_START)) throw new ImageError(`${label} is no Y4M video: it doesn't start with a line of ${Y4M_START.trim()}`);
  const parameters = line.slice(Y4M_START.length).split(' ');
  const parameter = (name: string) => parameters.find((text) => text.startsWith(name))?.slice(name.length);
  const [width, height] = ['W', 'H'].map((name) => {
    const text = parameter(name) ?? '';
    if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
    throw new ImageError(`${label} says ${quote(name + text)}, which is no size of a picture: make the Y4M anew`);
  });
  if (width * height > MAX_FRAME_PIXELS)
    throw new ImageError(`${label} claims ${width}x${height} pixels, more than the limit of ${MAX_FRAME_PIXELS / 1e6} megapixels`);
  const colours = parameter('C') ?? '420jpeg';
  const sampling = Object.hasOwn(COLOUR_SPACES, colours) ? COLOUR_SPACES[colours] : undefined;
  if (!sampling) {
    const names = Object.keys(COLOUR_SPACES).join(', ');
    throw new ImageError(`${label} has the colour space ${quote(colours)}, which isn't read: ${names} are (ffmpeg -pix_fmt yuv420p)`);
  }
  const [, frames = 0, seconds = 0] = (/^(\d{1,9}):(\d{1,9})$/.exec(parameter('F') ?? '') ?? []).map(Number);
  const rate: Rate | undefined = frames > 0 && seconds > 0 ? [frames, seconds] : undefined;
  return { width, height, ...sampling, isFullRange: parameter('XCOLORRANGE=') === 'FULL', rate };
}

/** Bytes of a frame behind its line. */
export function y4mFrameBytes(header: YuvLayout): number {
  const { luma, colour } = planesOf(header);
  return luma + 2 * colour;
}

/**
 * The frames that follow the first line, as RGB pixels.
 *
 * @throws ImageError where a frame doesn't begin as one does, or the stream ends within one
 */
export async function* readY4mFrames(stream: ByteStream, header: Y4mHeader, label: string): AsyncGenerator<Pixels> {
  const size = y4mFrameBytes(header);
  for (let index = 0; await stream.has(1); index++) {
    const line = await readLine(stream);
    if (line !== FRAME_START && !line?.startsWith(`${FRAME_START} `))
      throw new ImageError(`${label}: frame ${index} doesn't begin with ${FRAME_START}: the Y4M is damaged from here on`);
    if (!(await stream.has(size)))
      throw new ImageError(`${label} ends within frame ${index}, after ${stream.ahead.length} of ${size} bytes`);
    yield yuvToRgb(stream.take(size), header);
  }
}

/** A line without its end, which is taken; undefined if there is none, or a very long one. */
async function readLine(stream: ByteStream): Promise<string | undefined> {
  let length = -1;
  for (let known = 0; known < MAX_LINE && length < 0; ) {
    const isMore = await stream.has(known + 1);
    length = stream.ahead.subarray(0, MAX_LINE).indexOf(NEWLINE);
    known = stream.ahead.length;
    if (!isMore) break;
  }
  if (length < 0) return undefined;
  return String.fromCharCode(...stream.take(length + 1).subarray(0, length));
}

/** The first line of a video of pictures of that size, colours as `y4mFrame` writes them. */
export function y4mHeader({ width, height }: Pick<Pixels, 'width' | 'height'>, [frames, seconds]: Rate): string {
  return `${Y4M_START}W${width} H${height} F${frames}:${seconds} Ip A1:1 C420jpeg XYSCSS=420JPEG XCOLORRANGE=LIMITED\n`;
}

/** A frame with its line. */
export function y4mFrame(pixels: Pixels): Uint8Array {
  const line = new TextEncoder().encode(`${FRAME_START}\n`);
  const planes = rgbToYuv420(pixels);
  const frame = new Uint8Array(line.length + planes.length);
  frame.set(line);
  frame.set(planes, line.length);
  return frame;
}
