/** How the options of `loadPipnet` and of a Pipnet's methods are read: checked once, here, and copied. */
import {
  DEFAULT_THRESHOLD,
  type DetectBoxesOptions,
  type DetectOptions,
  type Detector,
  type LandmarkOptions,
  type LoadOptions,
  type ModelSource,
  type SmoothOptions,
  type TrackFramesOptions,
  type TrackOptions,
} from './api.ts';
import { isBytes } from './base/kind.ts';
import type { DetectorName } from './base/models.ts';
import {
  callback,
  flag,
  listOf,
  number,
  objectOf,
  oneOf,
  read,
  readOptions,
  rule,
  wholeNumber,
  type Rule,
  type Table,
} from './base/options.ts';
import type { ScoredBox } from './base/types.ts';
import { knownFace } from './faces/ask-detector.ts';
import { smoothRules } from './track/smoother.ts';
import type { TrackRules } from './track/tracker.ts';

const MAX_DETECT_SIZE = 8192;
export const DEFAULT_MAX_BOXES = 1000;
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
  worker: rule(
    'true, false, or the path or URL of a bundle',
    (value) => typeof value === 'boolean' || (typeof value === 'string' && value !== '') || value instanceof URL,
  ),
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

const smoothOptions = objectOf<SmoothOptions>({ minCutoff: number(0, 1000), speedCutoff: number(0, 1e6) }, []);
const TRACK_OPTIONS: Table<TrackOptions> = {
  threshold: number(0, 1),
  detectSize: wholeNumber(1, MAX_DETECT_SIZE),
  detectEvery: wholeNumber(1, 1e6),
  maxFaces: wholeNumber(1, MAX_MAX_BOXES),
  keep: number(0, 1e9),
  focalLength: number(1, 1e9),
  smooth: (value, name) => (typeof value === 'boolean' ? value : smoothOptions(value, name)),
};
const TRACK_FRAMES_OPTIONS: Table<TrackFramesOptions> = { ...TRACK_OPTIONS, fps: number(0.001, 1e6) };

/** @throws ArgumentError for a name or value that isn't one */
export const readLoadOptions = (given: unknown): LoadOptions => readOptions(given, LOAD_OPTIONS, 'loadPipnet');

/** @throws as `readLoadOptions` */
export const readDetectBoxesOptions = (given: unknown): DetectBoxesOptions => readOptions(given, DETECT_BOXES_OPTIONS, 'detectBoxes');

/** @throws as `readLoadOptions`, also for a box that is none, and for more boxes than there may be */
export function readDetectOptions(given: unknown): Omit<DetectOptions, 'boxes'> & { boxes?: ScoredBox[] | undefined } {
  const options = readOptions(given, DETECT_OPTIONS, 'detect');
  const { boxes, maxBoxes = DEFAULT_MAX_BOXES, ...others } = options;
  return { ...others, maxBoxes, boxes: boxes && read(boxes, 'boxes', listOf(knownFace, 'boxes', maxBoxes, 'maxBoxes')) };
}

/** @throws as `readLoadOptions`, also for a box that is none */
export function readLandmarkArguments(box: unknown, given: unknown): { face: ScoredBox; options: LandmarkOptions } {
  return { face: read(box, 'box', knownFace), options: readOptions(given, LANDMARK_OPTIONS, 'landmarks') };
}

/** @throws as `readLoadOptions` */
export const readTrackOptions = (given: unknown): TrackOptions => readOptions(given, TRACK_OPTIONS, 'createTracker');

/** Options with what they leave out. */
export function trackRules(options: TrackOptions): TrackRules {
  const {
    threshold = DEFAULT_THRESHOLD,
    detectSize = 640,
    detectEvery = 15,
    maxFaces = 50,
    keep = 1500,
    focalLength,
    smooth = true,
  } = options;
  const smoothing = smooth ? smoothRules(smooth === true ? {} : smooth) : undefined;
  return { threshold, detectSize, detectEvery, maxFaces, keep, focalLength, smoothing };
}

/** @throws as `readLoadOptions` */
export function readTrackFramesOptions(given: unknown): { fps: number; options: TrackOptions } {
  const { fps = 30, ...options } = readOptions(given, TRACK_FRAMES_OPTIONS, 'track');
  return { fps, options };
}

export function isDetector(detector: unknown): detector is Detector {
  return typeof detector === 'object' && detector !== null && typeof (detector as Detector).detect === 'function';
}
