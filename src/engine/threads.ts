/**
 * A pool of threads that run the same list of steps, each its own calls, on one shared memory, with a barrier after each
 * step. The caller is thread 0.
 */
import { PipnetError } from '../base/errors.ts';
import type { Step } from '../wasm/kernels.ts';

/** What a module of kernels exports. */
export type Exports = Record<string, (...args: number[]) => void> & { memory: WebAssembly.Memory };

/** A worker as browsers have it; Node's is brought to this form by its platform file. */
export interface ThreadWorker {
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
  onmessageerror: ((event: { message?: string }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

/** Starts a worker that runs `source`, a script that takes messages by `onmessage`. */
export type SpawnThread = (source: string) => ThreadWorker;

/** i32 cells of the barrier in shared memory: threads that have arrived, rounds so far, threads that sleep, 1 if one failed, steps done on the way. */
const BARRIER_CELLS = 5;
export const BARRIER_BYTES = BARRIER_CELLS * 4;

interface Limits {
  /** A barrier's polls before a thread goes to sleep: waking takes longer than most steps. */
  spins: number;
  /**
   * Where no thread does a step within so many waits, one has died without a word: steps take milliseconds. Waits are
   * counted instead of time, since a machine may be put to sleep.
   */
  waits: number;
  waitMs: number;
}

/** Programs that threads keep, more than one task takes turns with: a training step has four. */
const SLOTS = 8;

const LIMITS: Limits = { spins: 20_000, waits: 50, waitMs: 100 };

export class ThreadPool {
  readonly #workers: ThreadWorker[];
  readonly #kernels: Exports;
  readonly #wait: Barrier;
  /** Programs that the threads have, by slot, and the slot that the next one takes. */
  readonly #sent: Step[][] = [];
  #next = 0;
  /** Why no more steps can be run. */
  #failure: string | undefined;

  /**
   * Starts `threads - 1` workers and waits until they are ready.
   *
   * @param barrier address of `BARRIER_BYTES` zeros in the shared memory
   * @throws PipnetError if the runtime refuses a worker
   */
  static async start(
    spawn: SpawnThread,
    threads: number,
    module: WebAssembly.Module,
    kernels: Exports,
    barrier: number,
  ): Promise<ThreadPool> {
    const cells = new Int32Array(kernels.memory.buffer, barrier, BARRIER_CELLS);
    // The worker's script is this file's own functions as text: one file less for bundlers to lose. They hold no functions
    // with names: bundlers that keep names wrap those in a function of their own, which the worker lacks.
    const source = `(${threadMain})(${makeBarrier}, ${runSteps});`;
    const workers: ThreadWorker[] = [];
    try {
      for (let thread = 1; thread < threads; thread++) workers.push(spawn(source));
      await Promise.all(
        workers.map((worker, i) => {
          const ready = new Promise((resolve, reject) => {
            worker.onmessage = resolve;
            // A browser says nothing of why it refuses a worker.
            worker.onerror = ({ message }) =>
              reject(new Error(message ?? `the page's Content-Security-Policy must allow worker-src blob:`));
          });
          worker.postMessage({ module, memory: kernels.memory, cells, thread: i + 1, threads, limits: LIMITS });
          return ready;
        }),
      );
    } catch (error) {
      for (const worker of workers) worker.terminate();
      throw new PipnetError(`threads can't be started (${(error as Error).message})`);
    }
    return new ThreadPool(workers, kernels, makeBarrier(cells, threads, LIMITS));
  }

  private constructor(workers: ThreadWorker[], kernels: Exports, wait: Barrier) {
    this.#workers = workers;
    this.#kernels = kernels;
    this.#wait = wait;
    const fail = ({ message }: { message?: string }) => this.#fail(message ?? 'no reason was given');
    for (const worker of workers) {
      worker.onmessage = ({ data }) => fail({ message: String(data) });
      worker.onerror = worker.onmessageerror = fail;
    }
  }

  /**
   * Runs the steps; the list is sent to the threads when they don't have it.
   *
   * @throws PipnetError if a thread has died, then and whenever it is called again
   */
  run(steps: Step[]): void {
    this.#check();
    let slot = this.#sent.indexOf(steps);
    const message = slot >= 0 ? { slot } : { slot: (slot = this.#next++ % SLOTS), steps };
    this.#sent[slot] = steps;
    for (const worker of this.#workers) worker.postMessage(message);
    try {
      if (!runSteps(steps, 0, this.#kernels, this.#wait)) this.#fail('in the middle of its work');
    } catch (error) {
      this.#wait('failed');
      this.#fail(String(error));
    }
    this.#check();
  }

  dispose(): void {
    for (const worker of this.#workers) {
      worker.onmessage = worker.onerror = worker.onmessageerror = null;
      worker.terminate();
    }
  }

  /** What the others computed in the meantime can't be told from what is missing, so all of them go. */
  #fail(reason: string): void {
    this.#failure ??= reason;
    this.dispose();
  }

  #check(): void {
    if (this.#failure === undefined) return;
    throw new PipnetError(
      `a thread of this model has died (${this.#failure}): load the model again or resume its training, with fewer threads if memory is short`,
    );
  }
}

/** Waits for the others, by default; or tells them that this thread goes on, or has failed. @returns false if a thread has failed */
type Barrier = (what?: 'meet' | 'go on' | 'failed') => boolean;

/**
 * A barrier: returns once all threads have called it, or false once one has failed or not come for long. It polls for a
 * moment, then sleeps where the thread may (a browser's main thread may not).
 */
function makeBarrier(cells: Int32Array, threads: number, { spins, waits, waitMs }: Limits): Barrier {
  const ARRIVED = 0;
  const ROUND = 1;
  const SLEEPING = 2;
  const FAILED = 3;
  const DONE = 4;
  return (what = 'meet') => {
    const round = Atomics.load(cells, ROUND);
    let failed = what === 'failed' || Atomics.load(cells, FAILED) === 1;
    if (what === 'go on' && !failed) {
      Atomics.add(cells, DONE, 1);
      return true;
    }
    // Whether this thread is the one to end the round.
    let ends = failed || Atomics.add(cells, ARRIVED, 1) === threads - 1;
    for (let polls = 0; !ends && polls < spins; polls++) if (Atomics.load(cells, ROUND) !== round) return Atomics.load(cells, FAILED) === 0;
    for (let waited = 0, seen = 0; !ends && Atomics.load(cells, ROUND) === round; waited++) {
      const done = Atomics.load(cells, DONE);
      if (done !== seen) waited = 0;
      seen = done;
      if (waited === waits) {
        ends = failed = true;
        continue;
      }
      Atomics.add(cells, SLEEPING, 1);
      try {
        Atomics.wait(cells, ROUND, round, waitMs);
      } catch {
        // Not allowed here: poll.
        const end = performance.now() + waitMs;
        while (Atomics.load(cells, ROUND) === round && performance.now() < end);
      }
      Atomics.sub(cells, SLEEPING, 1);
    }
    if (ends) {
      if (failed) Atomics.store(cells, FAILED, 1);
      Atomics.store(cells, ARRIVED, 0);
      Atomics.add(cells, ROUND, 1);
      if (Atomics.load(cells, SLEEPING) > 0) Atomics.notify(cells, ROUND);
    }
    return Atomics.load(cells, FAILED) === 0;
  };
}

/** One thread's part of the steps; false if another thread didn't keep up. */
export function runSteps(steps: Step[], thread: number, kernels: Exports, barrier: Barrier = () => true): boolean {
  for (const { calls, independent } of steps) {
    for (const { kernel, args } of calls[thread] ?? []) kernels[kernel](...args);
    if (!barrier(independent ? 'go on' : 'meet')) return false;
  }
  return true;
}

/** What a worker runs; it may use nothing from outside but its parameters. It speaks twice: when it is ready, and if it fails. */
function threadMain(makeBarrierOf: typeof makeBarrier, run: typeof runSteps): void {
  const scope = globalThis as unknown as {
    onmessage: (event: { data: any }) => void;
    onmessageerror: () => void;
    postMessage(message: unknown): void;
  };
  let kernels: Exports;
  let barrier: Barrier;
  let thread: number;
  const programs: Step[][] = [];
  scope.onmessage = ({ data }) => {
    if (data.module) {
      kernels = new WebAssembly.Instance(data.module, { env: { memory: data.memory } }).exports as Exports;
      barrier = makeBarrierOf(data.cells, data.threads, data.limits);
      thread = data.thread;
      scope.postMessage('ready');
      return;
    }
    try {
      if (data.steps) programs[data.slot] = data.steps;
      run(programs[data.slot], thread, kernels, barrier);
    } catch (error) {
      scope.postMessage(String(error));
      barrier('failed');
    }
  };
  scope.onmessageerror = () => {
    scope.postMessage('its steps could not be read');
    barrier('failed');
  };
}
