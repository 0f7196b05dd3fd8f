// A thread that makes batches of faces.
import { workerData } from 'node:worker_threads';
import { answerParent } from '../runtimes/node/answer-parent.ts';
import { Renderer, type RenderJob, type RenderSetup } from './render.ts';

/** A job for the thread: make a batch, or read a sample's picture into the shared store. */
export type Job = { render: RenderJob } | { load: number };

/** What the thread is started with. */
export type WorkerData = Omit<RenderSetup, 'store'> & { store: { bytes: ArrayBufferLike; table: ArrayBufferLike } };

const { store, ...setup } = workerData as WorkerData;
const renderer = new Renderer({ ...setup, store: { bytes: new Uint8Array(store.bytes), table: new Int32Array(store.table) } });

answerParent(
  async (job: Job) => ('load' in job ? renderer.load(job.load) : renderer.render(job.render)),
  (batch) => (batch ? [batch.images.buffer, batch.points.buffer] : []),
);
