/** The object that users hold: a detector and a landmark network on one instance of the kernels. */
import {
  DEFAULT_DETECT_SIZE,
  DEFAULT_THRESHOLD,
  type DetectBoxesOptions,
  type DetectOptions,
  type Detector,
  type DetectTimes,
  type LandmarkOptions,
  type LoadOptions,
  type ModelSource,
  type Pipnet,
  type PipnetInfo,
  type Tracker,
  type TrackFramesOptions,
  type TrackOptions,
} from './api.ts';
import { toDegrees } from './base/affine.ts';
import { ArgumentError, ImageError, ModelError, ours, PipnetError, reasonOf } from './base/errors.ts';
import { isBytes } from './base/kind.ts';
import { DETECTOR_NAMES, type ShippedName } from './base/models.ts';
import { nextTask } from './base/next-task.ts';
import { describeBox } from './base/options.ts';
import { readPixels } from './base/pixels.ts';
import { quote } from './base/quote.ts';
import type { Box, Face, Landmark, Pixels, ScoredBox } from './base/types.ts';
import {
  DEFAULT_MAX_BOXES,
  isDetector,
  readDetectBoxesOptions,
  readDetectOptions,
  readLandmarkArguments,
  readLoadOptions,
  readTrackFramesOptions,
  readTrackOptions,
  trackRules,
} from './call-options.ts';
import { Engine, type EngineOptions } from './engine/engine.ts';
import type { SpawnThread } from './engine/threads.ts';
import { askDetector } from './faces/ask-detector.ts';
import { createDetector } from './faces/create-detector.ts';
import { isFace, leastScore } from './faces/evidence.ts';
import { NetworkDetector } from './faces/network-detector.ts';
import { landmarksOf } from './pip/decode.ts';
import { FaceReader, type Reading } from './pip/face-reader.ts';
import { LandmarkNetwork } from './pip/landmark-network.ts';
import { trackFrames, type Frames, type TrackedFrame } from './track/frames.ts';
import { FaceTracker, type Eyes } from './track/tracker.ts';
import type { KernelBuild, KernelBuilds } from './wasm/builds.ts';
import { readModel, type PipnetModel } from './weights/model.ts';

/** For who knows where the faces are: the detector that ships needn't be loaded. */
export const NO_DETECTOR: Detector = { detect: () => [] };

/** What differs between runtimes. */
export interface Platform<ImageSource> {
  kernels(): Promise<KernelBuilds>;
  /** How to start a thread, or why there are none. */
  threads: SpawnThread | string;
  /** The bytes of a file, or of one of the package's where its name is given. */
  readModelFile(source: ShippedName | string | URL): Promise<Uint8Array>;
  readImage(source: ImageSource): Promise<Pixels>;
  /** How to do it all in a worker, or why that can't be. */
  loadInWorker: LoadInWorker<ImageSource> | string;
}

/** Loads what `options` say, which are checked, in a worker. */
export type LoadInWorker<ImageSource> = (options: LoadOptions, platform: Platform<ImageSource>) => Promise<Pipnet<ImageSource>>;

/** What a `Pipnet` is made of. */
export interface Parts {
  engine: Engine;
  network: LandmarkNetwork;
  reader: FaceReader;
  detector: Detector | NetworkDetector;
  model: PipnetModel;
}

/** Makes a runtime's `loadPipnet`. */
export function createLoader<ImageSource>(platform: Platform<ImageSource>) {
  let warned = false;

  return async function loadPipnet(given: LoadOptions = {}): Promise<Pipnet<ImageSource>> {
    const options = readLoadOptions(given);
    if (options.worker) {
      if (typeof platform.loadInWorker === 'string') throw new PipnetError(`${platform.loadInWorker}: leave \`worker\` out`);
      return platform.loadInWorker(options, platform);
    }
    const { model: landmarks = 'default', detector = DETECTOR_NAMES[0], threads = 1 } = options;
    const [builds, model, ownDetector] = await Promise.all([
      platform.kernels(),
      load(landmarks),
      isDetector(detector) ? undefined : load(detector),
    ]);
    if (model.kind !== 'pipnet')
      throw new ModelError(`${labelOf(landmarks)} is a face detector: give it as \`detector\`, and a PIPNet model as \`model\``);
    if (ownDetector?.kind === 'pipnet') {
      throw new ModelError(
        `${labelOf(detector as ModelSource)} is a landmark model: give it as \`model\`, and a face detector's model as \`detector\``,
      );
    }
    const engine = await createEngine(builds, threads, options.kernels);
    try {
      const network = new LandmarkNetwork(engine, model, options);
      return new LocalPipnet(platform, {
        engine,
        network,
        reader: new FaceReader(network, model),
        detector: ownDetector ? createDetector(engine, ownDetector) : (detector as Detector),
        // The weights are packed in the engine now; their tensors may go.
        model: { ...model, tensors: new Map() },
      });
    } catch (error) {
      engine.dispose();
      throw error;
    }
  };

  async function createEngine(builds: KernelBuilds, threads: number, kernels?: KernelBuild): Promise<Engine> {
    const options = kernels ? { kernels } : {};
    if (threads === 1) return compile(builds, options);
    try {
      if (typeof platform.threads === 'string') throw new PipnetError(platform.threads);
      return await compile(builds, { ...options, threads, spawn: platform.threads });
    } catch (error) {
      if (!(error instanceof PipnetError)) throw error;
      if (!warned) console.warn(`pipnet-wasm runs on one thread instead of ${threads}: ${error.message}`);
      warned = true;
      return compile(builds, options);
    }
  }

  async function load(source: ModelSource) {
    try {
      const bytes = isBytes(source) ? asArray(source) : await platform.readModelFile(source);
      return readModel(bytes, labelOf(source));
    } catch (error) {
      throw ours(error) ?? new ModelError(`${labelOf(source)} can't be read (${reasonOf(error)})`, { cause: error });
    }
  }
}

async function compile(builds: KernelBuilds, options: EngineOptions): Promise<Engine> {
  try {
    return await Engine.create(builds, options);
  } catch (error) {
    const build = options.kernels ? `the kernels "${options.kernels}"` : 'the kernels';
    throw (
      ours(error) ??
      new PipnetError(
        `${build} don't run here (${reasonOf(error)}): they need WebAssembly SIMD${options.kernels === 'relaxed' ? ' and relaxed SIMD' : ''}`,
        { cause: error },
      )
    );
  }
}

/** Bytes of any realm as this one's. */
function asArray(bytes: Uint8Array | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
}

function labelOf(source: ModelSource): string {
  return isBytes(source) ? 'model' : String(source);
}

/** A Pipnet that computes in the thread that asks. */
export class LocalPipnet<ImageSource = Pixels> implements Pipnet<ImageSource> {
  readonly #platform: Platform<ImageSource>;
  readonly #weightBytes: number;
  #parts: Parts | undefined;

  /** @internal */
  constructor(platform: Platform<ImageSource>, parts: Parts) {
    this.#platform = platform;
    this.#weightBytes = parts.engine.arenaBase;
    this.#parts = parts;
  }

  /**
   * What our own commands measure and calibrate.
   *
   * @internal
   * @throws PipnetError if it was disposed
   */
  static partsOf<Source>(pipnet: Pipnet<Source>): Parts {
    return (pipnet as LocalPipnet<Source>).#use();
  }

  get model(): Omit<PipnetModel, 'tensors'> {
    return this.#use().model;
  }

  async detect(image: ImageSource, options: DetectOptions = {}): Promise<Face[]> {
    const { boxes, refine = true, onTimes, threshold = DEFAULT_THRESHOLD, ...detection } = readDetectOptions(options);
    const doubts = !boxes && this.#use().detector instanceof NetworkDetector;
    const start = performance.now();
    const pixels = await this.#read(image);
    const decoded = performance.now();
    const found = boxes ?? (await this.#detectBoxes(pixels, { ...detection, threshold: doubts ? leastScore(threshold) : threshold }));
    const detected = performance.now();
    const faces: Face[] = [];
    for (const [i, face] of found.entries()) {
      if (i > 0) await nextTask();
      const reading = this.#readFace(pixels, face, refine, doubts && face.score < threshold);
      if (doubts && !isFace(face.score, reading.confidence, threshold)) continue;
      faces.push({ ...face, landmarks: landmarksOf(reading), roll: toDegrees(reading.roll) });
    }
    const times = { decode: decoded - start, detection: detected - decoded, landmarks: performance.now() - detected };
    tellTimes(onTimes, times);
    return faces;
  }

  async detectBoxes(image: ImageSource, options: DetectBoxesOptions = {}): Promise<ScoredBox[]> {
    const detection = readDetectBoxesOptions(options);
    return this.#detectBoxes(await this.#read(image), detection);
  }

  async landmarks(image: ImageSource, box: Box | ScoredBox, options: LandmarkOptions = {}): Promise<Landmark[]> {
    const { face, options: checked } = readLandmarkArguments(box, options);
    return landmarksOf(this.#readFace(await this.#read(image), face, checked.refine ?? true));
  }

  createTracker(options: TrackOptions = {}): Tracker<ImageSource> {
    return new FaceTracker(this.#eyes(), trackRules(readTrackOptions(options)));
  }

  track(frames: Frames<ImageSource>, given: TrackFramesOptions = {}): AsyncIterableIterator<TrackedFrame> {
    const { fps, options } = readTrackFramesOptions(given);
    return trackFrames(this.createTracker(options), frames, fps);
  }

  info(): PipnetInfo {
    const { engine, model } = this.#use();
    return {
      backbone: model.architecture.backbone,
      landmarks: model.architecture.landmarks,
      kernels: engine.build,
      threads: engine.threads,
      weightBytes: this.#weightBytes,
      arenaBytes: engine.arenaBytes,
      memoryBytes: engine.memoryBytes,
    };
  }

  dispose(): void {
    this.#parts?.engine.dispose();
    this.#parts = undefined;
  }
  [Symbol.dispose](): void {
    this.dispose();
  }

  #use(): Parts {
    if (!this.#parts) throw disposed();
    return this.#parts;
  }

  /** What a tracker sees with: it may look at every scale apart where the detector is one of ours. */
  #eyes(): Eyes<ImageSource> {
    const { detector, reader, model } = this.#use();
    return {
      read: (frame) => this.#read(frame),
      reader,
      meanFace: model.meanFace,
      detect: (pixels, threshold, detectSize) => this.#detectBoxes(pixels, { threshold, detectSize }),
      glance:
        detector instanceof NetworkDetector
          ? (pixels, threshold, { side, part }) => detector.detectAt(pixels, threshold, side, part)
          : undefined,
    };
  }

  /** The picture as it is computed with. */
  async #read(image: ImageSource): Promise<Pixels> {
    this.#use();
    try {
      return readPixels(await this.#platform.readImage(image));
    } catch (error) {
      throw unreadable(image, error);
    }
  }

  async #detectBoxes(
    pixels: Pixels,
    { threshold = DEFAULT_THRESHOLD, detectSize = DEFAULT_DETECT_SIZE, maxBoxes = DEFAULT_MAX_BOXES }: DetectBoxesOptions,
  ): Promise<ScoredBox[]> {
    const { detector, reader } = this.#use();
    const found =
      detector instanceof NetworkDetector
        ? detector.detect(pixels, threshold, detectSize, (box) => reader.likeness(pixels, box))
        : await askDetector(() => detector.detect(pixels, { threshold, detectSize }), maxBoxes);
    // Asked for again: it may have been disposed of meanwhile.
    return found.filter((face) => this.#use().reader.firstCrop(pixels, face) !== undefined);
  }

  #readFace(pixels: Pixels, face: Pick<ScoredBox, 'box' | 'points'>, refine: boolean, isInDoubt = false): Reading {
    const reading = this.#use().reader.read(pixels, face, refine, isInDoubt);
    if (reading) return reading;
    throw new ArgumentError(
      `box ${describeBox(face.box)} holds less than 2 x 2 pixels of the picture of ${pixels.width} x ${pixels.height}: give a box around a face inside it`,
    );
  }
}

/** What is said of a Pipnet that was disposed of. */
export const disposed = (): PipnetError => new PipnetError('this Pipnet was disposed: load another one');

/** What is said of a picture that can't be read. */
export function unreadable(image: unknown, error: unknown): PipnetError {
  return ours(error) ?? new ImageError(`picture ${quote(image)} can't be read (${reasonOf(error)})`, { cause: error });
}

/** @throws PipnetError if it is the caller's function that fails */
export function tellTimes(onTimes: DetectOptions['onTimes'], times: DetectTimes): void {
  try {
    onTimes?.(times);
  } catch (error) {
    throw new PipnetError(`onTimes failed: ${reasonOf(error)}`, { cause: error });
  }
}
