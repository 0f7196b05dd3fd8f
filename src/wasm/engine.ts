/**
 * An instance of the kernels and its linear memory. Weights are allocated once and stay; above them lies one arena that
 * every network of this engine uses in turn for its activations:
 *
 *   | the module's own data | weights ... | arena: activations and scratch |
 */
import { PipnetError } from '../errors.ts';
import { supportsRelaxedSimd } from './features.ts';
import type { Kernels } from './kernels.ts';

/** Where a platform keeps the compiled kernels: bytes, or modules where the runtime compiles them itself (workerd). */
export interface KernelBuilds {
  simd: Uint8Array | WebAssembly.Module;
  relaxed: Uint8Array | WebAssembly.Module;
}
export type KernelBuild = keyof KernelBuilds;

/** Cache line, and more than a SIMD load needs. */
const ALIGNMENT = 64;
const PAGE = 65536;

/** Room behind the last allocation: some kernels read or write up to 16 bytes more than they use. */
const SLACK = 64;

export class Engine {
  readonly build: KernelBuild;
  readonly kernels: Kernels;
  #top: number;
  #arenaBytes = 0;

  /** Picks the relaxed SIMD build where the runtime has it. */
  static async create(builds: KernelBuilds, build: KernelBuild = supportsRelaxedSimd() ? 'relaxed' : 'simd'): Promise<Engine> {
    const source = builds[build];
    const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source as BufferSource);
    const instance = await WebAssembly.instantiate(module);
    return new Engine(build, instance.exports as unknown as Kernels);
  }

  private constructor(build: KernelBuild, kernels: Kernels) {
    this.build = build;
    this.kernels = kernels;
    this.#top = kernels.memory.buffer.byteLength;
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

  /** A permanent block of zeros; returns its address. */
  allocate(bytes: number): number {
    const address = this.#top;
    this.#top += align(bytes);
    this.ensure(0);
    this.bytes(address, align(bytes)).fill(0);
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

/** The next multiple of the alignment. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
