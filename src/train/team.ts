/**
 * Threads that run kernel calls on one shared memory. The caller is thread 0; the others are `node:worker_threads`, which
 * Node, Deno and Bun have.
 */
import { Worker } from 'node:worker_threads';
import { PipnetError } from '../errors.ts';
import type { TrainKernelName, TrainKernels } from './kernels.ts';

export interface TrainCall {
  kernel: TrainKernelName;
  args: number[];
}

/** The calls of one layer and pass. */
export interface Segment {
  layer: string;
  pass: string;
  calls: TrainCall[];
}

/** What one thread does between two meetings with the others. */
export type Program = Segment[];

/** Milliseconds by `pass layer`, as thread 0 measured them. */
export type Profile = Map<string, { pass: string; layer: string; ms: number }>;

export class Team {
  readonly threads: number;
  readonly #kernels: TrainKernels;
  readonly #workers: Worker[];
  #sent = new WeakMap<Program, number>();
  #programs = 0;
  #failure: Error | undefined;
  /** If set, `run` adds to it. */
  profile: Profile | undefined;

  /** @throws PipnetError if a thread can't be started */
  static async start(module: WebAssembly.Module, memory: WebAssembly.Memory, threads: number): Promise<Team> {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    // The worker's script is this file's own function as text: it works from source, built, and bundled.
    const source = `(${workerMain})(require('node:worker_threads'));`;
    const workers = Array.from({ length: threads - 1 }, () => new Worker(source, { eval: true, workerData: { module, memory } }));
    const team = new Team(exports as unknown as TrainKernels, workers);
    await Promise.all(workers.map((worker) => team.#answer(worker)));
    return team;
  }

  private constructor(kernels: TrainKernels, workers: Worker[]) {
    this.#kernels = kernels;
    this.#workers = workers;
    this.threads = workers.length + 1;
    for (const worker of workers) {
      const fail = (error: Error) => (this.#failure ??= error);
      worker.on('error', fail).on('messageerror', fail).on('exit', () => fail(new Error('it ended')));
      worker.unref();
    }
  }

  /** Runs one program per thread; a program is sent to its thread once. */
  async run(programs: Program[]): Promise<void> {
    const answers = this.#workers.map((worker, i) => {
      const program = programs[i + 1];
      let id = this.#sent.get(program);
      const message = id === undefined ? { id: (id = this.#programs++), program } : { id };
      this.#sent.set(program, id);
      worker.postMessage(message);
      return this.#answer(worker);
    });
    for (const { layer, pass, calls } of programs[0]) {
      const start = performance.now();
      for (const { kernel, args } of calls) this.#kernels[kernel](...args);
      if (this.profile) {
        const key = `${pass} ${layer}`;
        const entry = this.profile.get(key) ?? { pass, layer, ms: 0 };
        entry.ms += performance.now() - start;
        this.profile.set(key, entry);
      }
    }
    await Promise.all(answers);
  }

  /** Ends the threads. */
  async dispose(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #answer(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(new PipnetError(`a training thread died (${error.message}): use fewer threads or a smaller batch`));
      if (this.#failure) return fail(this.#failure);
      const exit = () => fail(new Error('it ended'));
      worker.ref();
      worker.once('exit', exit).once('error', fail);
      worker.once('message', (error?: string) => {
        worker.off('exit', exit).off('error', fail).unref();
        if (error) fail(new Error(error));
        else resolve();
      });
    });
  }
}

/** What a worker runs; it may use nothing from outside but its parameter. */
function workerMain({ parentPort, workerData }: typeof import('node:worker_threads')): void {
  const instance = new WebAssembly.Instance(workerData.module, { env: { memory: workerData.memory } });
  const kernels = instance.exports as unknown as TrainKernels;
  const programs = new Map<number, Program>();
  parentPort!.on('message', ({ id, program }: { id: number; program?: Program }) => {
    if (program) programs.set(id, program);
    try {
      for (const { calls } of programs.get(id)!) for (const { kernel, args } of calls) kernels[kernel](...args);
      parentPort!.postMessage(undefined);
    } catch (error) {
      parentPort!.postMessage(String(error));
    }
  });
  parentPort!.postMessage(undefined);
}
