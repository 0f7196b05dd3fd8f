// Who makes the batches: worker threads, or where none are wanted the thread that asks.
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { DataError, ImageError, PipnetError } from '../base/errors.ts';
import type { Batch } from '../base/batch.ts';
import { Renderer, type RenderJob, type RenderSetup } from './render.ts';
import type { Reply, Request, WorkerData } from './worker.ts';

/** Makes batches; several may be asked for at a time. */
export interface RenderPool {
  /** Reads a sample's picture into the store. */
  load(index: number): Promise<void>;
  render(job: RenderJob): Promise<Batch>;
  dispose(): Promise<void>;
}

/** @param workers number of threads; 0 makes batches in the thread that asks, when it asks */
export function startPool(setup: RenderSetup, workers: number): RenderPool {
  if (workers > 0) return new WorkerPool(setup, workers);
  const renderer = new Renderer(setup);
  return {
    load: (index) => renderer.load(index),
    render: (job) => renderer.render(job),
    dispose: async () => {},
  };
}

/** The script of a thread. A bundle may lie beside another `worker.js`, or be gone from where it was built. */
export function workerFile(name: 'worker' | 'scene-worker'): URL {
  const [url, ending] = import.meta.url?.match(/^.*\/augment\/pool\.([jt]s)$/) ?? [];
  // Run from its sources, by a test, there is only the built file that a thread can load.
  const file = url && new URL(ending === 'ts' ? `../../dist/augment/${name}.js` : `./${name}.js`, url);
  if (file && existsSync(file)) return file;
  throw new PipnetError(
    'this bundle has lost the script of the threads that prepare batches: leave pipnet-wasm out of the bundle ("external"), and install it',
  );
}

type Waiting = { resolve: (value: never) => void; reject: (error: Error) => void };
/** `Omit` of a union would lose what its members don't share. */
type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Thread {
  worker: Worker;
  waiting: Map<number, Waiting>;
  /** Why it takes no more jobs. */
  failure?: Error;
}

class WorkerPool implements RenderPool {
  readonly #threads: Thread[];
  #sent = 0;

  constructor(setup: RenderSetup, workers: number) {
    this.#threads = Array.from({ length: workers }, () => startThread(setup));
  }

  load(index: number): Promise<void> {
    return this.#send({ load: index });
  }

  render(job: RenderJob): Promise<Batch> {
    return this.#send({ render: job });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #send<T>(request: WithoutId<Request>): Promise<T> {
    const id = this.#sent++;
    const thread = this.#threads.reduce((least, other) => (other.waiting.size < least.waiting.size ? other : least));
    if (thread.failure) return Promise.reject(thread.failure);
    return new Promise((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject });
      // Only a thread with work keeps the process alive.
      thread.worker.ref();
      thread.worker.postMessage({ id, ...request });
    });
  }
}

function startThread(setup: RenderSetup): Thread {
  const { bytes, table } = setup.store;
  // Buffers instead of their views: Deno looks through all of a view's elements.
  const workerData: WorkerData = { ...setup, store: { bytes: bytes.buffer, table: table.buffer } };
  const worker = new Worker(workerFile('worker'), { workerData });
  const thread: Thread = { worker, waiting: new Map() };
  worker.unref();
  worker.on('message', ({ id, value, error }: Reply) => {
    const { resolve, reject } = thread.waiting.get(id) as Waiting;
    thread.waiting.delete(id);
    if (thread.waiting.size === 0) worker.unref();
    if (error) reject(restored(error));
    else resolve(value as never);
  });
  const fail = (error: Error) => {
    thread.failure ??= error;
    for (const { reject } of thread.waiting.values()) reject(thread.failure);
    thread.waiting.clear();
  };
  worker.on('error', ({ message }) => fail(new PipnetError(`a thread that prepares batches has died: ${message}`)));
  worker.on('exit', () => fail(new PipnetError('the batch source has ended')));
  return thread;
}

function restored({ name, message }: NonNullable<Reply['error']>): Error {
  const kind = [DataError, ImageError].find((known) => known.name === name);
  return kind ? new kind(message) : new Error(`${name}: ${message}`);
}
