// Animated GIFs: frames painted one over the other, as browsers show them.
import { CLEARED, framesOf, paintFrame, readGif, UNDONE, type GifFrame } from '../image/gif.ts';
import type { Pixels } from '../base/types.ts';

/** In hundredths of a second: frames that ask for less than the first are shown for the second, as in browsers. */
const LEAST_DELAY = 2;
const USUAL_DELAY = 10;

/** A frame: `timestamp` in milliseconds, and the picture once it is painted. */
export interface GifStep {
  timestamp: number;
  /** Milliseconds to the next one. */
  duration: number;
  /**
   * RGBA pixels of the whole screen. To be called once, before the next frame is asked for.
   *
   * @throws Error if the frame is damaged: the next ones are painted without it
   */
  paint(): Pixels;
}

/**
 * The frames of a GIF.
 *
 * @param file the whole of it, whose header was checked
 * @throws Error where the file is damaged between two frames
 */
export function* gifSteps(file: Uint8Array): Generator<GifStep, void> {
  const { width, height } = readGif(file);
  let canvas: Pixels = { data: new Uint8Array(width * height * 4), width, height };
  let timestamp = 0;
  for (const frame of framesOf(file)) {
    const duration = 10 * (frame.delay < LEAST_DELAY ? USUAL_DELAY : frame.delay);
    const before = frame.disposal === UNDONE ? copyOf(canvas) : undefined;
    yield {
      timestamp,
      duration,
      paint() {
        paintFrame(canvas, file, frame);
        return copyOf(canvas);
      },
    };
    if (before) canvas = before;
    if (frame.disposal === CLEARED) clear(canvas, frame);
    timestamp += duration;
  }
}

function copyOf({ data, width, height }: Pixels): Pixels {
  return { data: data.slice(), width, height };
}

/** Makes the rectangle of a frame transparent. */
function clear({ data, width, height }: Pixels, frame: GifFrame): void {
  const [left, right] = [frame.x, frame.x + frame.width].map((x) => Math.min(x, width));
  for (let y = frame.y; y < Math.min(frame.y + frame.height, height); y++) data.fill(0, 4 * (y * width + left), 4 * (y * width + right));
}
