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
 */
export { adaptModel, type Adapted, type AdaptHooks, type AdaptOptions, type RoundReport } from './adapt-model.ts';
export { type EpochRecord } from './checkpoint.ts';
export { prepareFaces, type Prepared, type PrepareOptions } from '../datasets/prepare.ts';
export { DATASET_FORMATS, readDataset, type DatasetFormat, type DatasetSource, type Face } from '../datasets/index.ts';
export { type FitHooks, type FitStart, type Fitted } from './fit.ts';
export { RECIPE, type Recipe, type Stage } from './recipe.ts';
export { trainModel, type TrainHooks, type TrainingFiles, type TrainOptions } from './train-model.ts';
export { DivergedError } from '../step/trainer.ts';
