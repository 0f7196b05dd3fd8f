/**
 * Entry for Node, Deno and Bun: models come from files, pictures from paths, URLs or encoded bytes too.
 *
 * @module pipnet-wasm
 */
import type { Pipnet as PipnetOf } from '../../api.ts';
import { createLoader } from '../../pipnet.ts';
import { inWorker } from '../../worker/remote-pipnet.ts';
import { platform, type ImageSource } from './platform.ts';
import { workerSupport } from './worker-support.ts';

export * from '../../index.ts';
export type { ImageSource };

/** What `loadPipnet` gives here. */
export type Pipnet = PipnetOf<ImageSource>;

/**
 * Loads the models, by name, or from paths, `file:` URLs or bytes, and compiles the kernels.
 *
 * @throws ModelError if a model file is missing, damaged or of another kind
 * @throws ArgumentError if an option is unknown or out of range
 */
export const loadPipnet = createLoader<ImageSource>({ ...platform, loadInWorker: inWorker(workerSupport) });
