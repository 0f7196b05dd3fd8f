// A thread that makes batches: takes jobs by message, answers each with its batch or with what went wrong.
import { parentPort, workerData } from 'node:worker_threads';
import { Renderer, type RenderJob, type RenderSetup } from './render.ts';

/** A job for the thread: make a batch, or read a sample's picture into the shared store. */
export type Request = { id: number } & ({ render: RenderJob } | { load: number });

/** Errors lose their class on the way between threads, so their name goes along. */
export type Reply = { id: number; value?: unknown; error?: { name: string; message: string } };

/** What the thread is started with. */
export type WorkerData = Omit<RenderSetup, 'store'> & { store: { bytes: ArrayBufferLike; table: ArrayBufferLike } };

const { store, ...setup } = workerData as WorkerData;
const renderer = new Renderer({ ...setup, store: { bytes: new Uint8Array(store.bytes), table: new Int32Array(store.table) } });

parentPort?.on('message', async (request: Request) => {
  const { id } = request;
  try {
    if ('load' in request) {
      await renderer.load(request.load);
      parentPort?.postMessage({ id });
    } else {
      const value = await renderer.render(request.render);
      parentPort?.postMessage({ id, value }, [value.images.buffer, value.points.buffer] as ArrayBuffer[]);
    }
  } catch (error) {
    const { name, message } = error as Error;
    parentPort?.postMessage({ id, error: { name, message } });
  }
});
