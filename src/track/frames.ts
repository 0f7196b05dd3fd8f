// A video as a loop over its frames.
import type { Pixels } from '../base/types.ts';
import type { TrackedFace } from './tracker.ts';

/** A frame with its time. */
export interface TimedFrame<ImageSource = Pixels> {
  /** As `detect` takes it. */
  image: ImageSource;
  /** Milliseconds. */
  timestamp: number;
}

/** A video: pictures one after the other, with or without their times. */
export type Frames<ImageSource = Pixels> =
  | Iterable<ImageSource | TimedFrame<ImageSource>>
  | AsyncIterable<ImageSource | TimedFrame<ImageSource>>;

/** What `track` gives for each frame. */
export interface TrackedFrame {
  /** Milliseconds. */
  timestamp: number;
  /** In the order of their ids. */
  faces: TrackedFace[];
}

/** Gives each frame to a tracker when it is asked for the faces: nothing is read ahead. */
export async function* trackFrames<Source>(
  tracker: { next(frame: Source, timestamp: number): Promise<TrackedFace[]> },
  frames: Frames<Source>,
  fps: number,
): AsyncIterableIterator<TrackedFrame> {
  let index = 0;
  for await (const frame of frames) {
    const { image, timestamp } = isTimed(frame) ? frame : { image: frame, timestamp: (1000 * index) / fps };
    index++;
    yield { timestamp, faces: await tracker.next(image, timestamp) };
  }
}

function isTimed<Source>(frame: Source | TimedFrame<Source>): frame is TimedFrame<Source> {
  return typeof frame === 'object' && frame !== null && 'image' in frame && 'timestamp' in frame;
}
