/**
 * Training and adaptation, for Node, Deno and Bun.
 *
 * ```ts
 * import { trainModel } from 'pipnet-wasm/train';
 *
 * await trainModel(
 *   { list: 'train.txt', images: 'images', val: 'val.txt', init: 'mobilenetv2.pth', out: 'model.safetensors', threads: 2 },
 *   { onEpoch: ({ epoch, loss, nme }) => console.log(epoch, loss, nme) },
 * );
 * ```
 *
 * @module pipnet-wasm/train
 */
export type { Sample } from '../base/samples.ts';
export { adaptModel, type Adapted, type AdaptHooks, type AdaptOptions, type RoundReport } from './adapt-model.ts';
export type { EpochRecord } from './checkpoint.ts';
export type { TrainingSample } from '../augment/cutouts.ts';
export type { Skipped } from '../augment/open.ts';
export { prepareFaces, type Prepared, type PrepareOptions } from '../datasets/prepare.ts';
export { DATASET_FORMATS, readDataset, type DatasetFormat, type DatasetSource, type Face } from '../datasets/index.ts';
export type { StepReport } from './epochs.ts';
export type { FitHooks, FitStart, Fitted } from './fit.ts';
export type { OptimiserOptions } from '../step/optimiser.ts';
export type { PseudoLabels } from './pseudo-label.ts';
export { RECIPE, type Recipe, type Stage } from './recipe.ts';
export {
  DETECTOR_RECIPE,
  trainDetector,
  type DetectionSet,
  type DetectorRecipe,
  type TrainDetectorHooks,
  type TrainDetectorOptions,
} from './train-detector.ts';
export { trainModel, type TrainHooks, type TrainingFiles, type TrainOptions } from './train-model.ts';
export { DivergedError, type Profile, type StepResult } from '../step/trainer.ts';
