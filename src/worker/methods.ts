// What is asked of a Pipnet that stands in a worker, by name: the whole protocol, and the worker's side of it.
import type { DetectBoxesOptions, DetectOptions, DetectTimes, LandmarkOptions, LoadOptions, Pipnet, PipnetInfo } from '../api.ts';
import type { ScoredBox } from '../base/types.ts';
import { receive } from './sent.ts';

/** Each takes what was sent and gives what is sent back. */
export const METHODS = {
  async detect(pipnet: Pipnet<unknown>, image: unknown, options: DetectOptions) {
    let times: DetectTimes | undefined;
    const faces = await pipnet.detect(image, { ...options, onTimes: (all) => (times = all) });
    return { faces, times: times! };
  },
  detectBoxes: (pipnet: Pipnet<unknown>, image: unknown, options: DetectBoxesOptions) => pipnet.detectBoxes(image, options),
  landmarks: (pipnet: Pipnet<unknown>, image: unknown, face: ScoredBox, options: LandmarkOptions) => pipnet.landmarks(image, face, options),
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
