// What is asked of a Pipnet that stands in a worker, by name: the whole protocol, and the worker's side of it.
import type {
  DetectBoxesOptions,
  DetectOptions,
  DetectTimes,
  LandmarkOptions,
  LoadOptions,
  Pipnet,
  PipnetInfo,
  Tracker,
  TrackOptions,
} from '../api.ts';
import type { ScoredBox } from '../base/types.ts';
import { receive } from './sent.ts';

/** A tracker over there: the first frame with its number makes it, a frame with another count of resets has it reset. */
export interface TrackerState {
  number: number;
  options: TrackOptions;
  resets: number;
}

const TRACKERS = new WeakMap<Pipnet<unknown>, Map<number, { tracker: Tracker<unknown>; resets: number }>>();

/** Each takes what was sent and gives what is sent back. */
export const METHODS = {
  async detect(pipnet: Pipnet<unknown>, image: unknown, options: DetectOptions) {
    let times: DetectTimes | undefined;
    const faces = await pipnet.detect(image, { ...options, onTimes: (all) => (times = all) });
    return { faces, times: times! };
  },
  detectBoxes: (pipnet: Pipnet<unknown>, image: unknown, options: DetectBoxesOptions) => pipnet.detectBoxes(image, options),
  landmarks: (pipnet: Pipnet<unknown>, image: unknown, face: ScoredBox, options: LandmarkOptions) => pipnet.landmarks(image, face, options),
  track(pipnet: Pipnet<unknown>, frame: unknown, { number, options, resets }: TrackerState, timestamp: number) {
    const trackers = TRACKERS.get(pipnet) ?? new Map<number, { tracker: Tracker<unknown>; resets: number }>();
    const known = trackers.get(number) ?? { tracker: pipnet.createTracker(options), resets };
    if (known.resets !== resets) known.tracker.reset();
    TRACKERS.set(pipnet, trackers.set(number, { ...known, resets }));
    return known.tracker.next(frame, timestamp);
  },
};

export type Methods = typeof METHODS;

/** What follows the picture among a method's arguments. */
export type Rest<Name extends keyof Methods> = Parameters<Methods[Name]> extends [unknown, unknown, ...infer Others] ? Others : never;

/** First the options of `loadPipnet`, then methods. */
export type PipnetQuestion =
  | { load: Record<string, unknown> & { model: unknown; detector: unknown } }
  | { method: keyof Methods; image: unknown; rest: unknown[] };

/** What a method gave, or the model; and what `info()` says now. */
export interface PipnetAnswer<T = unknown> {
  value: T;
  info: PipnetInfo;
}

/** Answers the questions of one `RemotePipnet`. */
export function answerForPipnet<ImageSource>(
  load: (options: LoadOptions) => Promise<Pipnet<ImageSource>>,
): (question: PipnetQuestion) => Promise<PipnetAnswer> {
  let pipnet: Pipnet<unknown>;
  return async (question) => {
    if ('load' in question) {
      const { model, detector, ...others } = question.load;
      pipnet = await load({ ...others, model: receive(model), detector: receive(detector) } as LoadOptions);
      return { value: pipnet.model, info: pipnet.info() };
    }
    const image = receive(question.image);
    const call = METHODS[question.method] as (pipnet: Pipnet<unknown>, image: unknown, ...rest: unknown[]) => Promise<unknown>;
    try {
      const value = await call(pipnet, image, ...question.rest);
      return { value, info: pipnet.info() };
    } finally {
      // A bitmap that a canvas has drawn needn't wait for the garbage collector.
      (image as { close?: () => void }).close?.();
    }
  };
}
