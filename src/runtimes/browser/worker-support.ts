// Workers of browsers.
import type { AskedWorker } from '../../worker/caller.ts';
import type { WorkerSupport } from '../../worker/remote-pipnet.ts';
import { sendEncoded } from '../../worker/sent.ts';
import { isDrawable, sizeOf } from './drawable.ts';
import type { ImageSource } from './platform.ts';

export const workerSupport: WorkerSupport<ImageSource> = {
  start: (script) =>
    (script
      ? new Worker(script, { type: 'module' })
      : // Written out, so that bundlers find the file and make a bundle of it.
        new Worker(new URL('./pipnet-worker.js', import.meta.url), { type: 'module' })) as AskedWorker,
  // A worker's addresses are relative to its script.
  placeOf: (source) => new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href),
  async sendImage(image) {
    if (!isDrawable(image)) return sendEncoded(image);
    sizeOf(image);
    const bitmap = await createImageBitmap(image);
    return { sent: bitmap, transfer: [bitmap] };
  },
};
