// A Pipnet that computes in a worker: what `loadPipnet({ worker: true })` gives.
import type {
  DetectBoxesOptions,
  DetectOptions,
  LandmarkOptions,
  ModelSource,
  Pipnet,
  PipnetInfo,
  Tracker,
  TrackFramesOptions,
  TrackOptions,
} from '../api.ts';
import { ArgumentError, PipnetError, reasonOf } from '../base/errors.ts';
import { inTurn } from '../base/in-turn.ts';
import { isBytes } from '../base/kind.ts';
import { isShippedName } from '../base/models.ts';
import { readPixels } from '../base/pixels.ts';
import type { Box, Face, Landmark, ScoredBox } from '../base/types.ts';
import {
  isDetector,
  readDetectBoxesOptions,
  readDetectOptions,
  readLandmarkArguments,
  readTrackFramesOptions,
  readTrackOptions,
} from '../call-options.ts';
import { disposed, tellTimes, unreadable, type LoadInWorker, type Platform } from '../pipnet.ts';
import { trackFrames, type Frames, type TrackedFrame } from '../track/frames.ts';
import { Caller, type AskedWorker } from './caller.ts';
import type { Methods, PipnetAnswer, PipnetQuestion, Rest } from './methods.ts';
import { sendBytes, sendPixels, sendPlace, type Parcel } from './sent.ts';

/** What a runtime knows of its workers. */
export interface WorkerSupport<ImageSource> {
  /** Starts the package's own script, which answers by `answerForPipnet`, or a bundle of it. */
  start(script?: string | URL): AskedWorker;
  /** A model's path or URL as the worker finds it too. */
  placeOf(source: string | URL): string | URL;
  /** A picture that the worker is to read; undefined for what is read here. */
  sendImage(image: ImageSource): Promise<Parcel | undefined>;
}

/** A runtime's way to load a Pipnet in a worker. */
export function inWorker<ImageSource>(support: WorkerSupport<ImageSource>): LoadInWorker<ImageSource> {
  return async ({ worker, model, detector, ...options }, platform) => {
    if (isDetector(detector))
      throw new ArgumentError("a detector of your own can't go into a worker: give a model's, or leave `worker` out");
    const models = { model: model && sendModel(model), detector: detector && sendModel(detector) };
    const caller = start(worker === true ? undefined : (worker as string | URL));
    try {
      const load = { ...options, model: models.model?.sent, detector: models.detector?.sent };
      const transfer = [...(models.model?.transfer ?? []), ...(models.detector?.transfer ?? [])];
      const { value, info } = await caller.ask<PipnetAnswer<Pipnet['model']>>({ load } satisfies PipnetQuestion, transfer);
      return new RemotePipnet(caller, value, info, (image) => sendImage(image, platform));
    } catch (error) {
      caller.end(error as Error);
      throw error;
    }
  };

  function start(script?: string | URL): Caller {
    try {
      return new Caller(support.start(script), died);
    } catch (error) {
      throw died(reasonOf(error), false);
    }
  }

  function sendModel(source: ModelSource): Parcel {
    if (isBytes(source)) return sendBytes(source);
    return sendPlace(isShippedName(source) ? source : support.placeOf(source));
  }

  async function sendImage(image: ImageSource, platform: Platform<ImageSource>): Promise<Parcel> {
    try {
      return (await support.sendImage(image)) ?? sendPixels(readPixels(await platform.readImage(image)));
    } catch (error) {
      throw unreadable(image, error);
    }
  }
}

function died(reason: string, started: boolean): PipnetError {
  return new PipnetError(
    started
      ? `the worker of this Pipnet has died (${reason}): load another one`
      : `the worker can't be started (${reason}): if a bundler has lost its script, leave pipnet-wasm out of the bundle, or bundle pipnet-wasm/worker as well and give that file's place as \`worker\``,
  );
}

class RemotePipnet<ImageSource> implements Pipnet<ImageSource> {
  readonly #caller: Caller;
  readonly #model: Pipnet['model'];
  readonly #send: (image: ImageSource) => Promise<Parcel>;
  /** As the worker said last. */
  #info: PipnetInfo;
  #trackers = 0;

  constructor(caller: Caller, model: Pipnet['model'], info: PipnetInfo, send: (image: ImageSource) => Promise<Parcel>) {
    this.#caller = caller;
    this.#model = model;
    this.#info = info;
    this.#send = send;
  }

  get model(): Pipnet['model'] {
    this.#caller.check();
    return this.#model;
  }

  async detect(image: ImageSource, options: DetectOptions = {}): Promise<Face[]> {
    const { onTimes, ...others } = readDetectOptions(options);
    const { faces, times } = await this.#ask('detect', image, others);
    tellTimes(onTimes, times);
    return faces;
  }

  async detectBoxes(image: ImageSource, options: DetectBoxesOptions = {}): Promise<ScoredBox[]> {
    return this.#ask('detectBoxes', image, readDetectBoxesOptions(options));
  }

  async landmarks(image: ImageSource, box: Box | ScoredBox, given: LandmarkOptions = {}): Promise<Landmark[]> {
    const { face, options } = readLandmarkArguments(box, given);
    return this.#ask('landmarks', image, face, options);
  }

  createTracker(given: TrackOptions = {}): Tracker<ImageSource> {
    const options = readTrackOptions(given);
    const number = this.#trackers++;
    const next = inTurn();
    let resets = 0;
    return {
      next: (frame, timestamp) => next(async () => this.#ask('track', frame, { number, options, resets }, timestamp)),
      reset: () => resets++,
    };
  }

  track(frames: Frames<ImageSource>, given: TrackFramesOptions = {}): AsyncIterableIterator<TrackedFrame> {
    const { fps, options } = readTrackFramesOptions(given);
    return trackFrames(this.createTracker(options), frames, fps);
  }

  info(): PipnetInfo {
    this.#caller.check();
    return this.#info;
  }

  dispose(): void {
    this.#caller.end(disposed());
  }
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #ask<Name extends keyof Methods>(method: Name, image: ImageSource, ...rest: Rest<Name>) {
    this.#caller.check();
    const { sent, transfer } = await this.#send(image);
    const question: PipnetQuestion = { method, image: sent, rest };
    const { value, info } = await this.#caller.ask<PipnetAnswer<Awaited<ReturnType<Methods[Name]>>>>(question, transfer);
    this.#info = info;
    return value;
  }
}
