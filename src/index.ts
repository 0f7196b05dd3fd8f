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
export {
  DEFAULT_DETECT_SIZE,
  DEFAULT_THRESHOLD,
  type DetectBoxesOptions,
  type DetectOptions,
  type DetectTimes,
  type Detector,
  type DetectorOptions,
  type LandmarkOptions,
  type LayerProfile,
  type LoadOptions,
  type ModelSource,
  type Pipnet,
  type PipnetInfo,
} from './pipnet.ts';
export { MODEL_NAMES, type ModelName } from './base/models.ts';
export type { Prediction } from './pip/decode.ts';
export type { Box, Face, Landmark, Pixels, ScoredBox } from './base/types.ts';
export type { PipnetModel } from './weights/model.ts';
