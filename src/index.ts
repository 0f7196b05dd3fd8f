/**
 * Facial landmarks with PIPNet on WebAssembly SIMD kernels.
 *
 * ```ts
 * import { loadPipnet } from 'pipnet-wasm';
 *
 * const pipnet = await loadPipnet();
 * for (const { box, landmarks } of await pipnet.detect('photo.jpg')) console.log(box, landmarks);
 * pipnet.dispose();
 * ```
 */
export { ArgumentError, DataError, ImageError, ModelError, PipnetError } from './base/errors.ts';
export type { CropRuleName } from './base/crop-rules.ts';
export type { ActivationRanges } from './network/graph.ts';
export type { Architecture, Backbone, Stride } from './network/pipnet.ts';
export type { LandmarkNetworkOptions } from './pip/landmark-network.ts';
export {
  createTracker,
  DEFAULT_DETECT_SIZE,
  DEFAULT_THRESHOLD,
  type DetectBoxesOptions,
  type DetectOptions,
  type Detector,
  type DetectorOptions,
  type DetectTimes,
  type LandmarkOptions,
  type LoadOptions,
  type ModelSource,
  type Pipnet as PipnetOf,
  type PipnetInfo,
  type SmoothOptions,
  type Tracker,
  type TrackFramesOptions,
  type TrackOptions,
} from './api.ts';
export type { Sampling } from './schedule/crop-resize.ts';
export { DETECTOR_NAMES, MODEL_NAMES, type DetectorName, type ModelName } from './base/models.ts';
export type { LabelOffset } from './base/label-offset.ts';
export type { Box, Face, Landmark, Pixels, Point, ScoredBox } from './base/types.ts';
export { headPose, type HeadPose, type HeadPoseOptions } from './track/head-pose.ts';
export type { Camera } from './track/fit-head.ts';
export { faceMeasures, type FaceMeasures } from './track/measures.ts';
export type { Frames, TimedFrame, TrackedFrame } from './track/frames.ts';
export type { TrackedFace } from './track/tracker.ts';
export type { KernelBuild } from './wasm/builds.ts';
export type { PipnetModel } from './weights/model.ts';
export type { Tensor } from './weights/tensor.ts';
