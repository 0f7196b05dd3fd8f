/// <reference lib="esnext.disposable" preserve="true" />
/** The object that users hold: a detector and a landmark network on one instance of the kernels. */
import { ArgumentError, ModelError, PipnetError } from './errors.ts';
import { CROP_RULES, detectorCrop, exactCrop, type Crop } from './faces/crop.ts';
import { FaceboxesDetector } from './faces/faceboxes-detector.ts';
import type { Calibration } from './pip/calibrate.ts';
import type { Prediction } from './pip/decode.ts';
import { LandmarkNetwork, type LandmarkNetworkOptions } from './pip/landmark-network.ts';
import { bytesPerPixel } from './pixels.ts';
import type { Box, Face, Landmark, Pixels, ScoredBox } from './types.ts';
import { Engine, type KernelBuild, type KernelBuilds } from './wasm/engine.ts';
import type { SpawnThread } from './wasm/threads.ts';
import { readModel, type PipnetModel } from './weights/model.ts';

/** Least score of a detected face (the authors' demo). */
export const DEFAULT_THRESHOLD = 0.6;

/** Longest side of the largest picture given to the detector: finds faces from about 1.5 % of a large photograph's width. */
export const DEFAULT_DETECT_SIZE = 1280;

const MAX_DETECT_SIZE = 8192;

/** A model file: its path, its URL, or its bytes. */
export type ModelSource = string | URL | Uint8Array;

export interface DetectorOptions {
  /** Least score, 0 to 1. Default 0.6. */
  threshold?: number;
  /**
   * Longest side, in pixels, of the picture given to the detector; a larger picture is scaled down for it. Default 1280.
   * The detector sees smaller copies too, so that large faces are found whatever this size.
   */
  detectSize?: number;
}

export interface DetectOptions extends DetectorOptions {
  /** Faces that are known already: detection is skipped. */
  boxes?: Box[];
}

/** Anything that finds faces; boxes in pixels of the picture, the best first. */
export interface Detector {
  detect(image: Pixels, options: Required<DetectorOptions>): ScoredBox[] | Promise<ScoredBox[]>;
}

export interface LoadOptions extends LandmarkNetworkOptions {
  /** Default: PIPNet with MobileNetV2 and 68 landmarks, which comes with the package. */
  model?: ModelSource;
  /** Default: FaceBoxesV2, which comes with the package. */
  detector?: ModelSource | Detector;
  /** Default: relaxed SIMD where the runtime has it. */
  kernels?: KernelBuild;
  /** Threads that share the work of each layer, 1 to 16. Default 1. Where the runtime has none, one warning says why. */
  threads?: number;
}

const MAX_THREADS = 16;

/** What differs between runtimes. */
export interface Platform<ImageSource> {
  kernels(): Promise<KernelBuilds>;
  /** How to start a thread, or why there are none. */
  threads: SpawnThread | string;
  /** The bytes of the models that come with the package. */
  shippedModel(): Promise<Uint8Array>;
  shippedDetector(): Promise<Uint8Array>;
  readModelFile(source: string | URL): Promise<Uint8Array>;
  readImage(source: ImageSource): Promise<Pixels>;
}

export interface PipnetInfo {
  backbone: string;
  landmarks: number;
  /** Which build of the kernels runs. */
  kernels: KernelBuild;
  threads: number;
  /** Linear memory that the packed weights take. */
  weightBytes: number;
  /** Peak of activations and scratch so far. */
  arenaBytes: number;
  /** Linear memory in all. */
  memoryBytes: number;
}

/** One layer's time; `gflops` counts the operations of a direct convolution, so that a better algorithm shows. */
export interface LayerProfile {
  layer: string;
  algorithm: string;
  milliseconds: number;
  gflops: number;
}

/** Makes a runtime's `loadPipnet`. */
export function createLoader<ImageSource>(platform: Platform<ImageSource>) {
  let warned = false;

  /**
   * Loads the models and compiles the kernels.
   *
   * @throws ModelError if a model file is missing, damaged or of another kind
   */
  return async function loadPipnet(options: LoadOptions = {}): Promise<Pipnet<ImageSource>> {
    const { detector, threads = 1 } = options;
    if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) throw new ArgumentError(`thread count ${threads} is not a whole number from 1 to ${MAX_THREADS}`);
    const [builds, model, ownDetector] = await Promise.all([
      platform.kernels(),
      read(options.model, platform.shippedModel),
      isDetector(detector) ? undefined : read(detector, platform.shippedDetector),
    ]);
    if (model.kind !== 'pipnet') throw new ModelError(`${labelOf(options.model)} is a face detector: give it as \`detector\`, and a PIPNet model as \`model\``);
    const engine = await createEngine(builds, threads, options.kernels);
    const network = new LandmarkNetwork(engine, model, options);
    if (isDetector(detector)) return new Pipnet(platform, engine, model, network, detector);
    if (ownDetector?.kind !== 'faceboxes') throw new ModelError(`${labelOf(detector)} is a landmark model: give it as \`model\`, and a FaceBoxesV2 model as \`detector\``);
    const faceboxes = new FaceboxesDetector(engine, ownDetector);
    return new Pipnet(platform, engine, model, network, {
      detect: (image, { threshold, detectSize }) => faceboxes.detect(image, threshold, detectSize, (box) => meanScore(network, model, image, box)),
    });
  };

  async function createEngine(builds: KernelBuilds, threads: number, kernels?: KernelBuild): Promise<Engine> {
    const options = kernels ? { kernels } : {};
    if (threads === 1) return Engine.create(builds, options);
    try {
      if (typeof platform.threads === 'string') throw new PipnetError(platform.threads);
      return await Engine.create(builds, { ...options, threads, spawn: platform.threads });
    } catch (error) {
      if (!(error instanceof PipnetError)) throw error;
      if (!warned) console.warn(`pipnet-wasm runs on one thread instead of ${threads}: ${error.message}`);
      warned = true;
      return Engine.create(builds, options);
    }
  }

  async function read(source: ModelSource | undefined, shipped: () => Promise<Uint8Array>) {
    const bytes = source === undefined ? await shipped() : source instanceof Uint8Array ? source : await platform.readModelFile(source);
    return readModel(bytes, labelOf(source));
  }
}

/** The landmarks' mean score in a detector's box: about 0.7 on a face, half of that on a part of one. */
function meanScore(network: LandmarkNetwork, { detectorCrop: rule }: PipnetModel, pixels: Pixels, box: Box): number {
  const crop = detectorCrop(box, CROP_RULES[rule], pixels.width, pixels.height);
  if (!crop) return 0;
  const { scores } = network.predict(pixels, crop);
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function isDetector(detector: LoadOptions['detector']): detector is Detector {
  return typeof detector === 'object' && 'detect' in detector;
}

function labelOf(source: ModelSource | undefined): string {
  return source === undefined || source instanceof Uint8Array ? 'model' : String(source);
}

/** Finds faces and their landmarks. Made by `loadPipnet`; `dispose` lets its memory go. */
export class Pipnet<ImageSource = Pixels> {
  readonly #platform: Platform<ImageSource>;
  readonly #detector: Detector;
  #loaded: { engine: Engine; network: LandmarkNetwork; model: PipnetModel } | undefined;

  /** @internal */
  constructor(platform: Platform<ImageSource>, engine: Engine, model: PipnetModel, network: LandmarkNetwork, detector: Detector) {
    this.#platform = platform;
    this.#detector = detector;
    // The weights are packed in the engine now; their tensors may go.
    this.#loaded = { engine, network, model: { ...model, tensors: new Map() } };
    this.#weightBytes = engine.arenaBase;
  }
  readonly #weightBytes: number;

  /** What the model file says of itself: architecture, landmark scheme, mean face, crop rules, licence. */
  get model(): Omit<PipnetModel, 'tensors'> {
    return this.#use().model;
  }

  /**
   * Faces and their landmarks, in pixels of the picture, the best face first. A picture without faces gives [].
   *
   * @throws ImageError if the picture can't be read
   * @throws ArgumentError if an option is out of range, or a box is not finite, empty or outside the picture
   */
  async detect(image: ImageSource, options: DetectOptions = {}): Promise<Face[]> {
    const pixels = await this.#platform.readImage(image);
    if (options.boxes) {
      return options.boxes.map((box) => ({ box, score: 1, landmarks: this.#landmarks(pixels, box) }));
    }
    return (await this.#detectBoxes(pixels, options)).map((face) => ({ ...face, landmarks: this.#landmarks(pixels, face.box) }));
  }

  /** The boxes of `detect` without landmarks; boxes too thin or too far outside to hold a crop are left out. */
  async detectBoxes(image: ImageSource, options: DetectorOptions = {}): Promise<ScoredBox[]> {
    return this.#detectBoxes(await this.#platform.readImage(image), options);
  }

  /** The landmarks of the face in a detector's box, in pixels of the picture. */
  async landmarks(image: ImageSource, box: Box): Promise<Landmark[]> {
    return this.#landmarks(await this.#platform.readImage(image), box);
  }

  /**
   * The landmarks in exactly this part of the picture, black outside, with and without neighbour regression: what
   * `evaluate` measures.
   *
   * @returns x y x y ... in pixels of the picture; scores not clamped
   */
  predictCrop(pixels: Pixels, crop: Box): Prediction {
    bytesPerPixel(pixels);
    checkBox(crop);
    return this.#predict(pixels, exactCrop(crop));
  }

  /**
   * Shows the faces of a picture, or the whole of it where there are none, to a calibration for int8.
   *
   * @returns the number of crops shown
   */
  async calibrate(image: ImageSource, calibration: Calibration): Promise<number> {
    const pixels = await this.#platform.readImage(image);
    const { network } = this.#use();
    const crops = (await this.#detectBoxes(pixels, {})).map(({ box }) => this.#crop(pixels, box)!);
    if (crops.length === 0) crops.push(exactCrop({ x: 0, y: 0, width: pixels.width, height: pixels.height }));
    for (const crop of crops) network.observe(pixels, crop, (step, input) => calibration.add(step, input));
    return crops.length;
  }

  /**
   * Where the time of the landmark network goes: each layer, timed by itself, `repeats` times; medians.
   */
  profile(repeats = 30): LayerProfile[] {
    const { engine, network } = this.#use();
    const { steps } = network.prepare();
    const times = steps.map((): number[] => []);
    // One round is not counted: caches and the runtime's compiler warm up.
    for (let round = -1; round < repeats; round++) {
      steps.forEach((step, i) => {
        const start = performance.now();
        engine.run([step]);
        if (round >= 0) times[i].push(performance.now() - start);
      });
    }
    return steps.map(({ layer, algorithm, flops }, i) => {
      const milliseconds = times[i].sort((a, b) => a - b)[repeats >> 1];
      return { layer, algorithm, milliseconds, gflops: flops / milliseconds / 1e6 };
    });
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

  /** Lets the memory go; every later call throws. */
  dispose(): void {
    this.#loaded?.engine.dispose();
    this.#loaded = undefined;
  }
  [Symbol.dispose](): void {
    this.dispose();
  }

  #use() {
    if (!this.#loaded) throw new PipnetError('this Pipnet was disposed: load another one');
    return this.#loaded;
  }

  async #detectBoxes(pixels: Pixels, { threshold = DEFAULT_THRESHOLD, detectSize = DEFAULT_DETECT_SIZE }: DetectorOptions): Promise<ScoredBox[]> {
    this.#use();
    bytesPerPixel(pixels);
    if (!(threshold >= 0 && threshold <= 1)) throw new ArgumentError(`threshold ${threshold} is not a number from 0 to 1`);
    if (!Number.isInteger(detectSize) || detectSize < 1 || detectSize > MAX_DETECT_SIZE) {
      throw new ArgumentError(`detect size ${detectSize} is not a whole number of pixels from 1 to ${MAX_DETECT_SIZE}`);
    }
    const found = await this.#detector.detect(pixels, { threshold, detectSize });
    return found.filter(({ box }) => this.#crop(pixels, box) !== undefined);
  }

  #landmarks(pixels: Pixels, box: Box): Landmark[] {
    bytesPerPixel(pixels);
    checkBox(box);
    const crop = this.#crop(pixels, box);
    if (!crop) {
      throw new ArgumentError(`box ${describe(box)} holds less than 2 x 2 pixels of the picture of ${pixels.width} x ${pixels.height}: give a box around a face inside it`);
    }
    const { merged, scores } = this.#predict(pixels, crop);
    return Array.from(scores, (score, i) => ({ x: merged[2 * i], y: merged[2 * i + 1], score: Math.max(0, Math.min(1, score)) }));
  }

  #crop({ width, height }: Pixels, box: Box): Crop | undefined {
    return detectorCrop(box, CROP_RULES[this.#use().model.detectorCrop], width, height);
  }

  /** Landmarks in pixels of the picture. */
  #predict(pixels: Pixels, crop: Crop): Prediction {
    const { own, merged, scores } = this.#use().network.predict(pixels, crop);
    const { x, y, width, height } = crop.box;
    const toPixels = (points: Float64Array) => points.map((value, i) => (i % 2 === 0 ? x + value * width : y + value * height));
    return { own: toPixels(own), merged: toPixels(merged), scores };
  }
}

function checkBox(box: Box): void {
  const { x, y, width, height } = box;
  if (![x, y, width, height].every(Number.isFinite) || !(width > 0 && height > 0)) {
    throw new ArgumentError(`box ${describe(box)} must have finite coordinates and a width and height above 0`);
  }
}

function describe({ x, y, width, height }: Box): string {
  return `${x},${y},${width},${height} (x,y,width,height)`;
}
