/**
 * An instance of the kernels and its linear memory. What is allocated stays; above it lies one arena that every program of
 * this engine uses in turn for its activations:
 *
 *   | the module's own data | weights ... | arena: activations and scratch |
 */
import { PipnetError } from '../base/errors.ts';
import type { KernelBuild, KernelBuilds, KernelSource } from '../wasm/builds.ts';
import { supportsRelaxedSimd } from '../wasm/features.ts';
import type { Parameters, Step } from '../wasm/kernels.ts';
import { SLACK } from '../wasm/kernels/border.ts';
import * as inference from '../wasm/kernels/signatures.ts';
import { align } from './arena.ts';
import { Draft } from './draft.ts';
import { BARRIER_BYTES, runSteps, ThreadPool, type Exports, type SpawnThread } from './threads.ts';

/** What the build writes of a module of kernels. */
interface Signatures<Kernels> {
  PARAMETERS: Parameters<Kernels>;
  MAXIMUM_PAGES: number;
}

export interface EngineOptions {
  /** Default: relaxed SIMD where the runtime has it. */
  kernels?: KernelBuild | undefined;
  /** Default 1; more need a way to start them. */
  threads?: number;
  spawn?: SpawnThread | undefined;
}

const PAGE = 65536;

/** The detector's and the landmark networks' engine; that of training has other kernels. */
export class Engine<Kernels = inference.Kernels, Functions = inference.Functions> {
  readonly build: KernelBuild;
  readonly threads: number;
  /** What is no kernel but gives a number. */
  readonly functions: Functions;
  readonly #exports: Exports;
  readonly #parameters: Parameters<Kernels>;
  #pool: ThreadPool | undefined;
  #top: number;
  #arenaBytes = 0;

  static create(builds: KernelBuilds, options?: EngineOptions): Promise<Engine> {
    return Engine.of(inference, builds, options);
  }

  /** An engine of another module of kernels. */
  static async of<Kernels, Functions>(
    { PARAMETERS, MAXIMUM_PAGES }: Signatures<Kernels>,
    builds: KernelBuilds,
    { kernels: build = supportsRelaxedSimd() ? 'relaxed' : 'simd', threads = 1, spawn }: EngineOptions = {},
  ): Promise<Engine<Kernels, Functions>> {
    const [alone, threaded] = [builds[build], builds[`${build}Threads` as const]];
    const isShared = threaded !== undefined && ((threads > 1 && spawn !== undefined) || alone === undefined);
    const source = isShared ? threaded : alone;
    const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source! as BufferSource);
    const memory = isShared ? sharedMemory(MAXIMUM_PAGES) : undefined;
    const { exports } = await WebAssembly.instantiate(module, memory ? { env: { memory } } : {});
    const engine = new Engine<Kernels, Functions>(build, { memory, ...exports } as Exports, PARAMETERS, isShared && spawn ? threads : 1);
    if (engine.threads > 1) engine.#pool = await ThreadPool.start(spawn!, threads, module, engine.#exports, engine.zeros(BARRIER_BYTES));
    return engine;
  }

  private constructor(build: KernelBuild, exports: Exports, parameters: Parameters<Kernels>, threads: number) {
    this.build = build;
    this.threads = threads;
    this.functions = exports as Functions;
    this.#exports = exports;
    this.#parameters = parameters;
    this.#top = exports.memory.buffer.byteLength;
  }

  /** Calls a kernel now, on this thread. */
  call<Kernel extends keyof Kernels & string>(kernel: Kernel, args: { [Name in keyof Kernels[Kernel]]: number }): void {
    this.#exports[kernel](...this.#parameters[kernel].map((name) => args[name]));
  }

  /** A new program of these kernels. */
  draft(): Draft<Kernels> {
    return new Draft(this.#parameters);
  }

  /** Calls the kernels of each step, on all threads. */
  run(steps: Step[]): void {
    if (this.#pool) this.#pool.run(steps);
    else runSteps(steps, 0, this.#exports);
  }

  /** Ends the threads. */
  dispose(): void {
    this.#pool?.dispose();
  }

  /** Bytes of linear memory; it never shrinks. */
  get memoryBytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Bytes of the arena that were needed so far, at most. */
  get arenaBytes(): number {
    return this.#arenaBytes;
  }

  /** Where the arena begins; valid until the next `allocate`. */
  get arenaBase(): number {
    return this.#top;
  }

  /** A permanent block, not cleared; returns its address. */
  allocate(bytes: number): number {
    const address = this.#top;
    this.#top += align(bytes);
    this.ensure(0);
    return address;
  }

  /** A permanent block of zeros. */
  zeros(bytes: number): number {
    const address = this.allocate(bytes);
    this.bytes(address, bytes).fill(0);
    return address;
  }

  /**
   * Makes sure that the arena has room for `bytes`.
   *
   * @throws PipnetError if the memory is full
   */
  ensure(bytes: number): void {
    this.#arenaBytes = Math.max(this.#arenaBytes, bytes);
    const missing = this.#top + bytes + SLACK - this.memoryBytes;
    if (missing <= 0) return;
    try {
      this.#exports.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      throw new PipnetError(
        `out of memory: ${Math.ceil((this.#top + bytes) / 1e6)} MB of WebAssembly memory can't be had; use a smaller model, detect size or training batch`,
      );
    }
  }

  /** Views of linear memory; when the memory grows they may be detached, so take a new one for each use. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer, address, length);
  }
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#exports.memory.buffer, address, length);
  }
  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.#exports.memory.buffer, address, length);
  }
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.#exports.memory.buffer, address, length);
  }
}

function sharedMemory(maximum: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
  } catch (error) {
    // Small devices don't have that much address space.
    throw new PipnetError(`shared memory can't be had (${(error as Error).message})`);
  }
}
