/**
 * An instance of the kernels and its linear memory. Weights are allocated once and stay; above them lies one arena that
 * every network of this engine uses in turn for its activations:
 *
 *   | the module's own data | weights ... | arena: activations and scratch |
 */
import { PipnetError } from '../errors.ts';
import { supportsRelaxedSimd } from './features.ts';
import type { Kernels, Step } from './kernels.ts';
import { BARRIER_BYTES, ThreadPool, type SpawnThread } from './threads.ts';

/** Baseline SIMD, or with fused multiply-add. */
export type KernelBuild = 'simd' | 'relaxed';

/**
 * Where a platform keeps the compiled kernels: bytes, or modules where the runtime compiles them itself (workerd).
 * The builds for shared memory may be missing where there are no threads.
 */
export type KernelBuilds = Record<KernelBuild, KernelSource> & { [build in `${KernelBuild}Threads`]?: KernelSource };
type KernelSource = Uint8Array | WebAssembly.Module;

export interface EngineOptions {
  /** Default: relaxed SIMD where the runtime has it. */
  kernels?: KernelBuild;
  /** Default 1; more need a way to start them. */
  threads?: number;
  spawn?: SpawnThread;
}

/** Cache line, and more than a SIMD load needs. */
const ALIGNMENT = 64;
const PAGE = 65536;

/** Room behind the last allocation: some kernels read or write up to 16 bytes more than they use. */
const SLACK = 64;

/** Shared memory must be declared with its largest size (2 GB); asconfig.json has the same number. */
const MAX_SHARED_PAGES = 32768;

export class Engine {
  readonly build: KernelBuild;
  readonly kernels: Kernels;
  #pool: ThreadPool | undefined;
  #top: number;
  #arenaBytes = 0;
  readonly threads: number;

  static async create(builds: KernelBuilds, { kernels: build = supportsRelaxedSimd() ? 'relaxed' : 'simd', threads = 1, spawn }: EngineOptions = {}): Promise<Engine> {
    const threadedSource = builds[`${build}Threads` as const];
    const shared = threads > 1 && spawn !== undefined && threadedSource !== undefined;
    const source = shared ? threadedSource : builds[build];
    const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source as BufferSource);
    if (!shared) {
      const { exports } = await WebAssembly.instantiate(module);
      return new Engine(build, exports as unknown as Kernels, 1);
    }
    const memory = sharedMemory();
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const engine = new Engine(build, { ...exports, memory } as unknown as Kernels, threads);
    engine.#pool = await ThreadPool.start(spawn, threads, module, engine.kernels, engine.allocate(BARRIER_BYTES));
    return engine;
  }

  private constructor(build: KernelBuild, kernels: Kernels, threads: number) {
    this.build = build;
    this.kernels = kernels;
    this.threads = threads;
    this.#top = kernels.memory.buffer.byteLength;
  }

  /** Calls the kernels of each step, on all threads. */
  run(steps: Step[]): void {
    if (this.#pool) this.#pool.run(steps);
    else for (const { calls } of steps) for (const { kernel, args } of calls[0]) this.kernels[kernel](...args);
  }

  /** Ends the threads. */
  dispose(): void {
    this.#pool?.dispose();
  }

  /** Bytes of linear memory; it never shrinks. */
  get memoryBytes(): number {
    return this.kernels.memory.buffer.byteLength;
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

  /** Makes sure that the arena has room for `bytes`. */
  ensure(bytes: number): void {
    this.#arenaBytes = Math.max(this.#arenaBytes, bytes);
    const missing = this.#top + bytes + SLACK - this.memoryBytes;
    if (missing <= 0) return;
    try {
      this.kernels.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      throw new PipnetError(`out of memory: ${Math.ceil((this.#top + bytes) / 1e6)} MB of WebAssembly memory can't be had; use a smaller model or detect size`);
    }
  }

  /** Views of linear memory; growing the memory detaches them, so take a new one for each use. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.kernels.memory.buffer, address, length);
  }
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.kernels.memory.buffer, address, length);
  }
  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.kernels.memory.buffer, address, length);
  }
}

function sharedMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: MAX_SHARED_PAGES, shared: true });
  } catch (error) {
    // Small devices don't have that much address space.
    throw new PipnetError(`shared memory can't be had (${(error as Error).message})`);
  }
}

/** The next multiple of the alignment. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
