// A video as a loop over its frames.
import type { TrackedFace } from './tracker.ts';

interface Timed<Source> {
  image: Source;
  timestamp: number;
}

/** Gives each frame to a tracker when it is asked for the faces: nothing is read ahead. */
export async function* trackFrames<Source>(
  tracker: { next(frame: Source, timestamp: number): Promise<TrackedFace[]> },
  frames: AsyncIterable<Source | Timed<Source>> | Iterable<Source | Timed<Source>>,
  fps: number,
): AsyncIterableIterator<{ timestamp: number; faces: TrackedFace[] }> {
  let index = 0;
  for await (const frame of frames) {
    const { image, timestamp } = isTimed(frame) ? frame : { image: frame, timestamp: (1000 * index) / fps };
    index++;
    yield { timestamp, faces: await tracker.next(image, timestamp) };
  }
}

function isTimed<Source>(frame: Source | Timed<Source>): frame is Timed<Source> {
  return typeof frame === 'object' && frame !== null && 'image' in frame && 'timestamp' in frame;
}
