/** Entry for browsers, their module workers, and every other runtime: models are fetched from beside this file. */
import type { Pipnet as PipnetOf } from '../../api.ts';
import { createLoader } from '../../pipnet.ts';
import { inWorker } from '../../worker/remote-pipnet.ts';
import type { Drawable } from './drawable.ts';
import { platformWith, type ImageSource } from './platform.ts';
import { workerSupport } from './worker-support.ts';

export * from '../../index.ts';
export type { Drawable, ImageSource };

/** What `loadPipnet` gives here. */
export type Pipnet = PipnetOf<ImageSource>;

/**
 * Loads the models, by name, or from URLs or bytes, and compiles the kernels.
 *
 * @throws ModelError if a model can't be fetched, is damaged or of another kind
 * @throws ArgumentError if an option is unknown or out of range
 */
export const loadPipnet = createLoader<ImageSource>({
  ...platformWith(() => import('./decode.ts')),
  loadInWorker: inWorker(workerSupport),
});
