// A thread that makes batches of faces.
import { workerData } from 'node:worker_threads';
import { answerJobs } from './answer-jobs.ts';
import { Renderer, type RenderJob, type RenderSetup } from './render.ts';

/** A job for the thread: make a batch, or read a sample's picture into the shared store. */
export type Job = { render: RenderJob } | { load: number };

/** What the thread is started with. */
export type WorkerData = Omit<RenderSetup, 'store'> & { store: { bytes: ArrayBufferLike; table: ArrayBufferLike } };

const { store, ...setup } = workerData as WorkerData;
const renderer = new Renderer({ ...setup, store: { bytes: new Uint8Array(store.bytes), table: new Int32Array(store.table) } });

answerJobs<Job>(async (job) => {
  if ('load' in job) {
    await renderer.load(job.load);
    return {};
  }
  const value = await renderer.render(job.render);
  return { value, transfer: [value.images.buffer, value.points.buffer] };
});
