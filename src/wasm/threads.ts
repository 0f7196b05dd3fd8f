/**
 * A pool of threads that run the same list of steps, each its own calls, on one shared memory, with a barrier after each
 * step. The caller is thread 0.
 */
import { PipnetError } from '../errors.ts';
import type { Kernels, Step } from './kernels.ts';

/** A worker as browsers have it; Node's is brought to this form by its platform file. */
export interface ThreadWorker {
  onmessage: ((event: { data: unknown }) => void) | null;
  onerror: ((event: { message?: string }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}

/** Starts a worker that runs `source`, a script that takes messages by `onmessage`. */
export type SpawnThread = (source: string) => ThreadWorker;

/** i32 cells of the barrier in shared memory: threads that have arrived, rounds so far, threads that sleep. */
const BARRIER_CELLS = 3;
export const BARRIER_BYTES = BARRIER_CELLS * 4;

/** A barrier's polls before a thread goes to sleep: waking takes longer than most steps. */
const SPINS = 20_000;

/** A thread that doesn't arrive has died. */
const TIMEOUT_MS = 30_000;

export class ThreadPool {
  readonly #workers: ThreadWorker[];
  readonly #kernels: Kernels;
  readonly #wait: ReturnType<typeof makeBarrier>;
  #sent: Step[] | undefined;

  /**
   * Starts `threads - 1` workers and waits until they are ready.
   *
   * @param barrier address of `BARRIER_BYTES` zeros in the shared memory
   * @throws PipnetError if the runtime refuses a worker
   */
  static async start(spawn: SpawnThread, threads: number, module: WebAssembly.Module, kernels: Kernels, barrier: number): Promise<ThreadPool> {
    const cells = new Int32Array(kernels.memory.buffer, barrier, BARRIER_CELLS);
    // The worker's script is this file's own functions as text: one file less for bundlers to lose.
    const source = `(${threadMain})(${makeBarrier}, ${runSteps});`;
    const workers: ThreadWorker[] = [];
    try {
      for (let thread = 1; thread < threads; thread++) workers.push(spawn(source));
      await Promise.all(
        workers.map((worker, i) => {
          const ready = new Promise((resolve, reject) => {
            worker.onmessage = resolve;
            // A browser says nothing of why it refuses a worker.
            worker.onerror = ({ message }) => reject(new Error(message ?? `the page's Content-Security-Policy must allow worker-src blob:`));
          });
          worker.postMessage({ module, memory: kernels.memory, cells, thread: i + 1, threads, spins: SPINS, timeout: TIMEOUT_MS });
          return ready;
        }),
      );
    } catch (error) {
      for (const worker of workers) worker.terminate();
      throw new PipnetError(`threads can't be started (${(error as Error).message})`);
    }
    return new ThreadPool(workers, kernels, makeBarrier(cells, threads, SPINS, TIMEOUT_MS));
  }

  private constructor(workers: ThreadWorker[], kernels: Kernels, wait: ReturnType<typeof makeBarrier>) {
    this.#workers = workers;
    this.#kernels = kernels;
    this.#wait = wait;
  }

  /** Runs the steps; the list is sent to the threads when it is another one than last time. */
  run(steps: Step[]): void {
    const message = steps === this.#sent ? {} : { steps };
    this.#sent = steps;
    for (const worker of this.#workers) worker.postMessage(message);
    if (!runSteps(steps, 0, this.#kernels, this.#wait)) {
      this.dispose();
      throw new PipnetError('a thread of the pool has died: load the model again, with fewer threads if memory is short');
    }
  }

  dispose(): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

/**
 * A barrier: returns once all threads have called it, false if they haven't in time. It polls for a moment, then sleeps
 * where the thread may (a browser's main thread may not).
 */
function makeBarrier(cells: Int32Array, threads: number, spins: number, timeout: number): () => boolean {
  const ARRIVED = 0;
  const ROUND = 1;
  const SLEEPING = 2;
  return () => {
    const round = Atomics.load(cells, ROUND);
    if (Atomics.add(cells, ARRIVED, 1) === threads - 1) {
      Atomics.store(cells, ARRIVED, 0);
      Atomics.add(cells, ROUND, 1);
      if (Atomics.load(cells, SLEEPING) > 0) Atomics.notify(cells, ROUND);
      return true;
    }
    for (let polls = 0; polls < spins; polls++) if (Atomics.load(cells, ROUND) !== round) return true;
    const deadline = performance.now() + timeout;
    while (Atomics.load(cells, ROUND) === round) {
      if (performance.now() > deadline) return false;
      Atomics.add(cells, SLEEPING, 1);
      try {
        Atomics.wait(cells, ROUND, round, timeout);
      } catch {
        // Not allowed here: poll on.
      }
      Atomics.sub(cells, SLEEPING, 1);
    }
    return true;
  };
}

/** One thread's part of the steps; false if another thread didn't keep up. */
function runSteps(steps: Step[], thread: number, kernels: Kernels, barrier: () => boolean): boolean {
  for (const { calls } of steps) {
    for (const { kernel, args } of calls[thread] ?? []) kernels[kernel](...args);
    if (!barrier()) return false;
  }
  return true;
}

/** What a worker runs; it may use nothing from outside but its parameters. */
function threadMain(makeBarrierOf: typeof makeBarrier, run: typeof runSteps): void {
  const scope = globalThis as unknown as { onmessage: (event: { data: any }) => void; postMessage(message: unknown): void };
  let kernels: Kernels;
  let barrier: () => boolean;
  let thread: number;
  let steps: Step[];
  scope.onmessage = ({ data }) => {
    if (data.module) {
      kernels = new WebAssembly.Instance(data.module, { env: { memory: data.memory } }).exports as unknown as Kernels;
      barrier = makeBarrierOf(data.cells, data.threads, data.spins, data.timeout);
      thread = data.thread;
      scope.postMessage('ready');
    } else {
      steps = data.steps ?? steps;
      run(steps, thread, kernels, barrier);
    }
  };
}
