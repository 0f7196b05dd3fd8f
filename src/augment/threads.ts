// Threads that do jobs for the one that starts them: both kinds of batches are made by such.
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { DataError, ImageError, PipnetError } from '../base/errors.ts';
import type { Reply } from './answer-jobs.ts';

type Waiting = { resolve: (value: never) => void; reject: (error: Error) => void };

interface Thread {
  worker: Worker;
  waiting: Map<number, Waiting>;
  /** Why it takes no more jobs. */
  failure?: Error;
}

/** Threads of one script of this folder; see `answerJobs`. */
export class Threads {
  readonly #threads: Thread[];
  #sent = 0;

  /** @param workerData what each of them is started with */
  constructor(script: 'worker' | 'scene-worker', workerData: object, count: number) {
    this.#threads = Array.from({ length: count }, () => startThread(script, workerData));
  }

  /** Gives a job to the thread that has the fewest. */
  send<T>(job: object): Promise<T> {
    const id = this.#sent++;
    const thread = this.#threads.reduce((least, other) => (other.waiting.size < least.waiting.size ? other : least));
    if (thread.failure) return Promise.reject(thread.failure);
    return new Promise((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject });
      // Only a thread with work keeps the process alive.
      thread.worker.ref();
      thread.worker.postMessage({ id, job });
    });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

function startThread(script: 'worker' | 'scene-worker', workerData: object): Thread {
  const worker = new Worker(scriptFile(script), { workerData });
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

/** The script of a thread. A bundle may lie beside another `worker.js`, or be gone from where it was built. */
function scriptFile(script: string): URL {
  const [url, ending] = import.meta.url?.match(/^.*\/augment\/threads\.([jt]s)$/) ?? [];
  // Run from its sources, by a test, there is only the built file that a thread can load.
  const file = url && new URL(ending === 'ts' ? `../../dist/augment/${script}.js` : `./${script}.js`, url);
  if (file && existsSync(file)) return file;
  throw new PipnetError(
    'this bundle has lost the script of the threads that prepare batches: leave pipnet-wasm out of the bundle ("external"), and install it',
  );
}

function restored({ name, message }: NonNullable<Reply['error']>): Error {
  const kind = [DataError, ImageError].find((known) => known.name === name);
  return kind ? new kind(message) : new Error(`${name}: ${message}`);
}
