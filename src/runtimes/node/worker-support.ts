// Workers of Node, Deno and Bun: they find what this thread finds, by the same paths.
import { Worker } from 'node:worker_threads';
import { kindOf } from '../../base/kind.ts';
import type { WorkerSupport } from '../../worker/remote-pipnet.ts';
import { sendEncoded, sendPlace } from '../../worker/sent.ts';
import { browserLike } from './browser-like.ts';
import type { ImageSource } from './platform.ts';

export const workerSupport: WorkerSupport<ImageSource> = {
  // Written out, so that bundlers find the file, by a name that no other worker has.
  start: (script) => browserLike(script ? new Worker(script) : new Worker(new URL('./pipnet-worker.js', import.meta.url))),
  placeOf: (source) => source,
  async sendImage(image) {
    if (typeof image === 'string' || kindOf(image) === 'URL') return sendPlace(image as string | URL);
    return sendEncoded(image);
  },
};
