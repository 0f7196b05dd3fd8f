// Threads that do jobs for the one that starts them: both kinds of batches are made by such.
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { PipnetError } from '../base/errors.ts';
import { browserLike } from '../runtimes/node/browser-like.ts';
import { Caller } from '../worker/caller.ts';

/** Threads of one script of this folder. */
export class Threads {
  readonly #threads: { worker: Worker; caller: Caller }[];

  /** @param workerData what each of them is started with */
  constructor(script: 'worker' | 'scene-worker', workerData: object, count: number) {
    this.#threads = Array.from({ length: count }, () => {
      const worker = new Worker(scriptFile(script), { workerData });
      const died = (reason: string) => new PipnetError(`a thread that prepares batches has died: ${reason}`);
      return { worker, caller: new Caller(browserLike(worker), died) };
    });
  }

  /** Gives a job to the thread that has the fewest. */
  send<T>(job: object): Promise<T> {
    const { caller } = this.#threads.reduce((least, other) => (other.caller.waiting < least.caller.waiting ? other : least));
    return caller.ask(job);
  }

  async dispose(): Promise<void> {
    for (const { caller } of this.#threads) caller.end(new PipnetError('the batch source has ended'));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
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
