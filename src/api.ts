/// <reference lib="esnext.disposable" preserve="true" />
/** What users say and hear: the options of `loadPipnet`, and what it gives. Types only; `pipnet.ts` does it. */
import type { DetectorName, ModelName } from './base/models.ts';
import type { Box, Face, Landmark, Pixels, ScoredBox } from './base/types.ts';
import type { LandmarkNetworkOptions } from './pip/landmark-network.ts';
import type { Frames, TrackedFrame } from './track/frames.ts';
import type { TrackedFace } from './track/tracker.ts';
import type { KernelBuild } from './wasm/builds.ts';
import type { PipnetModel } from './weights/model.ts';

/** Least score of a detected face (the authors' demo). */
export const DEFAULT_THRESHOLD = 0.6;

/** Longest side of the largest picture given to the detector: finds faces from about 1.5 % of a large photograph's width. */
export const DEFAULT_DETECT_SIZE = 1280;

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
  /**
   * Whether everything is computed in a worker, so that the thread that asks stays free. Pictures are copied for it, unless
   * they are read there: paths, Blobs and what a canvas can draw. Where a bundler has lost the worker's script: the path or
   * URL of a bundle of `pipnet-wasm/worker`. Default false.
   */
  worker?: boolean | string | URL | undefined;
}

/** How faces are followed. */
export interface TrackOptions {
  /** Least score of a face that is new, 0 to 1, as `detect` has it. Default 0.6. */
  threshold?: number | undefined;
  /** Longest side, in pixels, of the frame given to the detector. Default 640: faces from about 2 % of the frame. */
  detectSize?: number | undefined;
  /** So many frames after a look at the whole frame the next one begins, a part of the frame each. Default 15. */
  detectEvery?: number | undefined;
  /** More faces than these aren't followed. Default 50. */
  maxFaces?: number | undefined;
  /** For so many milliseconds a face that is gone keeps its `id`: who comes back and looks the same has it again. Default 1500. */
  keep?: number | undefined;
  /** The camera's, in pixels, for the faces' poses. Default as `headPose` has it. */
  focalLength?: number | undefined;
  /** Whether landmarks are held still, and how. Default true. */
  smooth?: boolean | SmoothOptions | undefined;
}

/** Parameters of the One-Euro filter (Casiez, Roussel, Vogel 2012). */
export interface SmoothOptions {
  /** Cutoff for a face at rest, in Hz: lower is calmer. Default 0.35. */
  minCutoff?: number | undefined;
  /** What a speed of one face a second adds to the cutoff, in Hz: higher is less late. Default 15. */
  speedCutoff?: number | undefined;
}

/** Follows the faces of a video. */
export interface Tracker<ImageSource = Pixels> {
  /**
   * The faces of the next frame, in the order of their ids. A call waits for the one before it.
   *
   * @param timestamp of the frame in milliseconds, after the one before
   * @throws as `detect`, and ArgumentError for a timestamp that isn't later
   */
  next(frame: ImageSource, timestamp: number): Promise<TrackedFace[]>;
  /** The next frame is the first of another video; ids go on. */
  reset(): void;
}

/** What `track` takes. */
export interface TrackFramesOptions extends TrackOptions {
  /** Frames a second, where frames have no timestamp of their own. Default 30. */
  fps?: number | undefined;
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

/** Finds faces and their landmarks. Made by `loadPipnet`; `dispose` lets its memory go. */
export interface Pipnet<ImageSource = Pixels> {
  /** What the model file says of itself: architecture, landmark scheme, mean face, crop rules, licence. */
  readonly model: Omit<PipnetModel, 'tensors'>;

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
  detect(image: ImageSource, options?: DetectOptions): Promise<Face[]>;

  /**
   * The detector's boxes, in pixels of the picture, the best first, without landmarks; boxes too thin or too far outside to
   * hold a crop are left out.
   *
   * @throws as `detect`
   */
  detectBoxes(image: ImageSource, options?: DetectBoxesOptions): Promise<ScoredBox[]>;

  /**
   * The landmarks of the face in a detector's box, in pixels of the picture; how many and in which order is the model's. What
   * `detectBoxes` gave tells by its points how the face is turned.
   *
   * @throws as `detect`
   */
  landmarks(image: ImageSource, box: Box | ScoredBox, options?: LandmarkOptions): Promise<Landmark[]>;

  /** @internal `createTracker` is for users. */
  createTracker(options?: TrackOptions): Tracker<ImageSource>;

  /**
   * Follows the faces of a video, frame by frame.
   *
   * @param frames pictures, or pictures with timestamps; those without follow each other at `fps`
   * @throws as `Tracker.next`
   */
  track(frames: Frames<ImageSource>, options?: TrackFramesOptions): AsyncIterableIterator<TrackedFrame>;

  /** Backbone, kernels, threads and memory; of one in a worker, as it was at the last answer. */
  info(): PipnetInfo;

  /** Lets the memory go; every later call throws. */
  dispose(): void;
  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * A tracker of faces, for frames that come one by one; `pipnet.track` takes a whole video. One of several trackers of a Pipnet
 * doesn't know of the others.
 *
 * @throws ArgumentError if an option is unknown or out of range
 */
export function createTracker<ImageSource>(pipnet: Pipnet<ImageSource>, options: TrackOptions = {}): Tracker<ImageSource> {
  return pipnet.createTracker(options);
}
