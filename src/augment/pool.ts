// Who makes the batches: worker threads, or where none are wanted the thread that asks.
import type { Batch } from '../base/batch.ts';
import { Renderer, type RenderJob, type RenderSetup } from './render.ts';
import { Threads } from './threads.ts';
import type { Job, WorkerData } from './worker.ts';

/** Makes batches; several may be asked for at a time. */
export interface RenderPool {
  /** Reads a sample's picture into the store. */
  load(index: number): Promise<void>;
  render(job: RenderJob): Promise<Batch>;
  dispose(): Promise<void>;
}

/** @param workers number of threads; 0 makes batches in the thread that asks, when it asks */
export function startPool(setup: RenderSetup, workers: number): RenderPool {
  if (workers > 0) return startThreads(setup, workers);
  const renderer = new Renderer(setup);
  return {
    load: (index) => renderer.load(index),
    render: (job) => renderer.render(job),
    dispose: async () => {},
  };
}

function startThreads(setup: RenderSetup, workers: number): RenderPool {
  const { bytes, table } = setup.store;
  // Buffers instead of their views: Deno looks through all of a view's elements.
  const workerData: WorkerData = { ...setup, store: { bytes: bytes.buffer, table: table.buffer } };
  const threads = new Threads('worker', workerData, workers);
  return {
    load: (index) => threads.send({ load: index } satisfies Job),
    render: (job) => threads.send({ render: job } satisfies Job),
    dispose: () => threads.dispose(),
  };
}
