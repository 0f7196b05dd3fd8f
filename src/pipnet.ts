/// <reference lib="esnext.disposable" preserve="true" />
/** The object that users hold: a detector and a landmark network on one instance of the kernels. */
import { ArgumentError, ImageError, ModelError, ours, PipnetError, reasonOf } from './base/errors.ts';
import { askDetector, knownFace } from './faces/ask-detector.ts';
import { toDegrees } from './base/affine.ts';
import { createDetector } from './faces/create-detector.ts';
import { isFace, leastScore } from './faces/evidence.ts';
import { NetworkDetector } from './faces/network-detector.ts';
import { nextTask } from './base/next-task.ts';
import {
  callback,
  describeBox,
  flag,
  listOf,
  number,
  oneOf,
  read,
  readOptions,
  rule,
  wholeNumber,
  type Rule,
  type Table,
} from './base/options.ts';
import { FaceReader, type Reading } from './pip/face-reader.ts';
import { LandmarkNetwork, type LandmarkNetworkOptions } from './pip/landmark-network.ts';
import { isBytes } from './base/kind.ts';
import type { DetectorName, ModelName, ShippedName } from './base/models.ts';
import { readPixels } from './base/pixels.ts';
import { quote } from './base/quote.ts';
import type { Box, Face, Landmark, Pixels, ScoredBox } from './base/types.ts';
import type { KernelBuild, KernelBuilds } from './wasm/builds.ts';
import { Engine, type EngineOptions } from './engine/engine.ts';
import type { SpawnThread } from './engine/threads.ts';
import { readModel, type PipnetModel } from './weights/model.ts';

/** Least score of a detected face (the authors' demo). */
export const DEFAULT_THRESHOLD = 0.6;

/** Longest side of the largest picture given to the detector: finds faces from about 1.5 % of a large photograph's width. */
export const DEFAULT_DETECT_SIZE = 1280;

const MAX_DETECT_SIZE = 8192;
const DEFAULT_MAX_BOXES = 1000;

/** A model: the name of one that comes with the package, or a file's path, URL or bytes. */
export type ModelSource<Name extends string = ModelName> = Name | (string & {}) | URL | Uint8Array | ArrayBuffer;

/** How faces are looked for. */
export interface DetectorOptions {
  /** Least score, 0 to 1; `detect` asks the landmarks too, where a box's score is near it. Default 0.6. */
  threshold?: number | undefined;
  /**
   * Longest side, in pixels, of the picture given to the detector; a larger picture is scaled down for it. Default 1280.
   * The detector sees smaller copies too, so that large faces are found whatever this size.
   */
  detectSize?: number | undefined;
}

/** What `detectBoxes` takes. */
export interface DetectBoxesOptions extends DetectorOptions {
  /** More boxes than these, given or found, are refused: a thousand faces take half a minute. Default 1000. */
  maxBoxes?: number | undefined;
}

/** How landmarks are read. */
export interface LandmarkOptions {
  /**
   * Whether landmarks are read a second time, in the upright crop around the first: they are nearer to the truth and depend
   * less on how the box lies, for twice the time. Faces that lie turned are only found out this way: where the first
   * landmarks are unsure the box is tried turned by quarters, then by eighths. Default true.
   */
  refine?: boolean | undefined;
}

/** What `detect` takes. */
export interface DetectOptions extends DetectBoxesOptions, LandmarkOptions {
  /**
   * Faces that are known already, in pixels of the picture: detection is skipped. What `detectBoxes` gave keeps its score and
   * tells by its points how the face is turned; the score of a mere box is 1.
   */
  boxes?: (Box | ScoredBox)[] | undefined;
  /** Told how long the picture took, just before `detect` returns. */
  onTimes?: ((times: DetectTimes) => void) | undefined;
}

/** How long a picture took, in milliseconds. */
export interface DetectTimes {
  /** Reading and decoding the picture. */
  decode: number;
  /** Finding the boxes. */
  detection: number;
  /** Reading the landmarks of all faces. */
  landmarks: number;
}

/** Anything that finds faces. */
export interface Detector {
  /**
   * Finds the faces of a picture.
   *
   * @param options least score, and longest side of the picture that is looked at
   * @returns boxes in pixels of the picture with scores from 0 to 1, the best first
   */
  detect(image: Pixels, options: { threshold: number; detectSize: number }): ScoredBox[] | Promise<ScoredBox[]>;
}

/** For who knows where the faces are: the detector that ships needn't be loaded. */
export const NO_DETECTOR: Detector = { detect: () => [] };

/** What `loadPipnet` takes. */
export interface LoadOptions extends LandmarkNetworkOptions {
  /**
   * `default` (PIPNet with MobileNetV2 and 68 landmarks), `nano` (five times as fast), `clean` (for commercial use too) or `98`
   * (landmarks), which come with the package, or a file. Default `default`.
   */
  model?: ModelSource | undefined;
  /**
   * `facegrid` (faces at any angle, from 12 pixels) or `faceboxes` (the authors' FaceBoxesV2), which come with the package, a
   * file, or a detector of your own. Default `facegrid`.
   */
  detector?: ModelSource<DetectorName> | Detector | undefined;
  /** Default: relaxed SIMD where the runtime has it. */
  kernels?: KernelBuild | undefined;
  /** Threads that share the work of each layer, 1 to 16. Default 1. Where the runtime has none, one warning says why. */
  threads?: number | undefined;
}

const MAX_THREADS = 16;
const MAX_MAX_BOXES = 1e6;

const isModelSource = (value: unknown) => typeof value === 'string' || value instanceof URL || isBytes(value);
const model: Rule<ModelSource> = rule('the name of a model, a path, a URL or the bytes of a model', isModelSource);
const ownDetector = rule<Detector>(
  'the name of a detector, a path, a URL or the bytes of a model, or an object with a method `detect`',
  isDetector,
);
const detector: Rule<ModelSource<DetectorName> | Detector> = (value, name) => {
  if (isModelSource(value)) return value as ModelSource;
  const own = ownDetector(value, name);
  return { detect: (pixels, options) => own.detect(pixels, options) };
};

/** What each option may be. */
const LOAD_OPTIONS: Table<LoadOptions> = {
  model,
  detector,
  kernels: oneOf('simd', 'relaxed'),
  threads: wholeNumber(1, MAX_THREADS),
  head: oneOf('sparse', 'dense'),
  sampling: oneOf('bilinear', 'nearest'),
  winogradBytes: number(0, Infinity),
};
const DETECT_BOXES_OPTIONS: Table<DetectBoxesOptions> = {
  threshold: number(0, 1),
  detectSize: wholeNumber(1, MAX_DETECT_SIZE),
  maxBoxes: wholeNumber(1, MAX_MAX_BOXES),
};
// The boxes themselves are read once it is known how many there may be.
const LANDMARK_OPTIONS: Table<LandmarkOptions> = { refine: flag };
const DETECT_OPTIONS: Table<DetectOptions> = {
  ...DETECT_BOXES_OPTIONS,
  ...LANDMARK_OPTIONS,
  boxes: rule('a list of boxes', Array.isArray),
  onTimes: callback,
};

/** What differs between runtimes. */
export interface Platform<ImageSource> {
  kernels(): Promise<KernelBuilds>;
  /** How to start a thread, or why there are none. */
  threads: SpawnThread | string;
  /** The bytes of a file, or of one of the package's where its name is given. */
  readModelFile(source: ShippedName | string | URL): Promise<Uint8Array>;
  readImage(source: ImageSource): Promise<Pixels>;
}

/** What runs: a network of `backbone` for so many `landmarks` a face, on so many `threads`. */
export interface PipnetInfo {
  backbone: string;
  landmarks: number;
  /** Which build of the kernels runs. */
  kernels: KernelBuild;
  threads: number;
  /** Linear memory that the packed weights take, in bytes. */
  weightBytes: number;
  /** Peak of activations and scratch so far, in bytes. */
  arenaBytes: number;
  /** Linear memory in all, in bytes. */
  memoryBytes: number;
}

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
    const options = readOptions(given, LOAD_OPTIONS, 'loadPipnet');
    const { model: landmarks = 'default', detector = 'facegrid', threads = 1 } = options;
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
      return new Pipnet(platform, {
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

function isDetector(detector: unknown): detector is Detector {
  return typeof detector === 'object' && detector !== null && typeof (detector as Detector).detect === 'function';
}

/** Bytes of any realm as this one's. */
function asArray(bytes: Uint8Array | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
}

function labelOf(source: ModelSource): string {
  return isBytes(source) ? 'model' : String(source);
}

/** Finds faces and their landmarks. Made by `loadPipnet`; `dispose` lets its memory go. */
export class Pipnet<ImageSource = Pixels> {
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
    return pipnet.#use();
  }

  /** What the model file says of itself: architecture, landmark scheme, mean face, crop rules, licence. */
  get model(): Omit<PipnetModel, 'tensors'> {
    return this.#use().model;
  }

  /**
   * Faces and their landmarks, in pixels of the picture, the best face first. A picture without faces gives []. Landmarks
   * have a say in what is a face: a box that scores a little less than the threshold is one where they are sure, and one
   * that scores a little more is none where they are not. Other tasks have their turn between two faces: leave pixels as
   * they are until all are there.
   *
   * @throws ImageError if the picture can't be read
   * @throws ArgumentError if an option is unknown or out of range, there are too many boxes, or a box is not finite, empty
   *   or outside the picture
   */
  async detect(image: ImageSource, options: DetectOptions = {}): Promise<Face[]> {
    const { boxes, refine, onTimes, threshold = DEFAULT_THRESHOLD, ...detection } = readOptions(options, DETECT_OPTIONS, 'detect');
    const given = boxes && read(boxes, 'boxes', listOf(knownFace, 'boxes', detection.maxBoxes ?? DEFAULT_MAX_BOXES, 'maxBoxes'));
    const doubts = !given && this.#use().detector instanceof NetworkDetector;
    const start = performance.now();
    const pixels = await this.#read(image);
    const decoded = performance.now();
    const found = given ?? (await this.#detectBoxes(pixels, { ...detection, threshold: doubts ? leastScore(threshold) : threshold }));
    const detected = performance.now();
    const faces: Face[] = [];
    for (const [i, face] of found.entries()) {
      if (i > 0) await nextTask();
      const reading = this.#readFace(pixels, face, refine);
      if (doubts && !isFace(face.score, reading.confidence, threshold)) continue;
      faces.push({ ...face, landmarks: landmarksOf(reading), roll: toDegrees(reading.roll) });
    }
    const times = { decode: decoded - start, detection: detected - decoded, landmarks: performance.now() - detected };
    try {
      onTimes?.(times);
    } catch (error) {
      throw new PipnetError(`onTimes failed: ${reasonOf(error)}`, { cause: error });
    }
    return faces;
  }

  /**
   * The detector's boxes, in pixels of the picture, the best first, without landmarks; boxes too thin or too far outside to
   * hold a crop are left out.
   *
   * @throws as `detect`
   */
  async detectBoxes(image: ImageSource, options: DetectBoxesOptions = {}): Promise<ScoredBox[]> {
    const detection = readOptions(options, DETECT_BOXES_OPTIONS, 'detectBoxes');
    return this.#detectBoxes(await this.#read(image), detection);
  }

  /**
   * The landmarks of the face in a detector's box, in pixels of the picture; how many and in which order is the model's. What
   * `detectBoxes` gave tells by its points how the face is turned.
   *
   * @throws as `detect`
   */
  async landmarks(image: ImageSource, box: Box | ScoredBox, options: LandmarkOptions = {}): Promise<Landmark[]> {
    const face = read(box, 'box', knownFace);
    const { refine } = readOptions(options, LANDMARK_OPTIONS, 'landmarks');
    return landmarksOf(this.#readFace(await this.#read(image), face, refine));
  }

  /** Backbone, kernels, threads and memory. */
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

  /** Lets the memory go; every later call throws. */
  dispose(): void {
    this.#parts?.engine.dispose();
    this.#parts = undefined;
  }
  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #use(): Parts {
    if (!this.#parts) throw new PipnetError('this Pipnet was disposed: load another one');
    return this.#parts;
  }

  /** The picture as it is computed with. */
  async #read(image: ImageSource): Promise<Pixels> {
    this.#use();
    try {
      return readPixels(await this.#platform.readImage(image));
    } catch (error) {
      throw ours(error) ?? new ImageError(`picture ${quote(image)} can't be read (${reasonOf(error)})`, { cause: error });
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

  #readFace(pixels: Pixels, face: Pick<ScoredBox, 'box' | 'points'>, refine = true): Reading {
    const reading = this.#use().reader.read(pixels, face, refine);
    if (reading) return reading;
    throw new ArgumentError(
      `box ${describeBox(face.box)} holds less than 2 x 2 pixels of the picture of ${pixels.width} x ${pixels.height}: give a box around a face inside it`,
    );
  }
}

function landmarksOf({ merged, scores }: Reading): Landmark[] {
  return Array.from(scores, (score, i) => ({ x: merged[2 * i], y: merged[2 * i + 1], score: Math.max(0, Math.min(1, score)) }));
}
