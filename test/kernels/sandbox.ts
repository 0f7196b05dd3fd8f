/**
 * Linear memory in which a kernel can't do harm unseen: every block lies between guards, and after each call all of the
 * memory but the blocks that the kernel may write must be as before.
 *
 *   | the module's own data | guard | block | guard | block | guard ...
 *
 * Guards, outputs and gaps between the pixels of strided tensors hold a NaN, so that whoever reads them shows it in the
 * results.
 */
import { readFile } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect } from 'vitest';
import type { KernelBuild, KernelBuilds } from '../../src/wasm/builds.ts';
import { Engine } from '../../src/engine/engine.ts';
import { supportsRelaxedSimd } from '../../src/wasm/features.ts';
import { PARAMETERS, type Functions, type Kernels } from '../../src/wasm/kernels/signatures.ts';

/** A signalling NaN: arithmetic makes it a quiet one, so that only its exact copy could pass for untouched memory. */
const UNTOUCHED = 0x7fba5a5a;

/** More than any kernel's longest step, and not a multiple of 16: addresses have no alignment but that of f32. */
const GUARD_BYTES = 260;

export const kernelFile = (build: keyof KernelBuilds | 'trainSimd') =>
  readFile(new URL(`../../dist/wasm/kernels/${build}.wasm`, import.meta.url));
export const builds = {
  simd: await kernelFile('simd'),
  relaxed: await kernelFile('relaxed'),
  simdThreads: await kernelFile('simdThreads'),
  relaxedThreads: await kernelFile('relaxedThreads'),
};

/**
 * Runs the same tests on every build that this runtime has the instructions for. Node 20 has none that works; with a later Node:
 * `node node_modules/vitest/vitest.mjs run test/kernels`.
 */
export function describeBuilds(body: (sandbox: Sandbox, build: KernelBuild) => void): void {
  for (const build of ['simd', 'relaxed'] as const) {
    const missing = build === 'relaxed' && !supportsRelaxedSimd();
    describe.skipIf(missing)(missing ? 'relaxed (this runtime has no relaxed SIMD)' : build, () => {
      const sandbox = new Sandbox();
      beforeAll(() => sandbox.open(build));
      beforeEach(() => sandbox.clear());
      body(sandbox, build);
    });
  }
}

export interface Block {
  address: number;
  bytes: number;
}

export class Sandbox {
  #engine!: Engine;
  #top = 0;

  async open(build: KernelBuild): Promise<void> {
    this.#engine = await Engine.create(builds, { kernels: build });
  }

  get functions(): Functions {
    return this.#engine.functions;
  }

  /** Gives all blocks back. */
  clear(): void {
    this.#top = this.#engine.arenaBase;
  }

  /** A block of untouched memory. */
  reserve(bytes: number): Block {
    const address = this.#top + GUARD_BYTES;
    const words = Math.ceil((bytes + 2 * GUARD_BYTES) / 4);
    this.#engine.ensure(this.#top + 4 * words - this.#engine.arenaBase);
    this.#engine.integers(this.#top, words).fill(UNTOUCHED);
    this.#top += 4 * words - GUARD_BYTES;
    return { address, bytes };
  }

  /** A block of f32; where a value is NaN it is left untouched. */
  floats(values: ArrayLike<number>): Block {
    const block = this.reserve(4 * values.length);
    const floats = this.#engine.floats(block.address, values.length);
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) floats[i] = values[i];
    return block;
  }

  integers(values: ArrayLike<number>): Block {
    const block = this.reserve(4 * values.length);
    this.#engine.integers(block.address, values.length).set(values);
    return block;
  }

  bytes(values: ArrayLike<number>): Block {
    const block = this.reserve(values.length);
    this.#engine.bytes(block.address, values.length).set(values);
    return block;
  }

  /** Calls a kernel that may write to the blocks `writes` and nowhere else. */
  run<Kernel extends keyof Kernels>(kernel: Kernel, writes: Block[], args: { [Name in keyof Kernels[Kernel]]: Block | number }): void {
    const addresses = Object.entries<Block | number>(args).map(([name, arg]) => [name, typeof arg === 'number' ? arg : arg.address]);
    expect(Object.keys(args).sort(), `arguments of ${kernel}`).toEqual([...PARAMETERS[kernel]].sort());
    const before = Buffer.from(this.#memory().slice());
    this.#engine.call(kernel, Object.fromEntries(addresses));
    const after = this.#memory();
    for (const { address, bytes } of writes) before.set(after.subarray(address, address + bytes), address);
    if (before.equals(after)) return;
    const address = before.findIndex((byte, i) => byte !== after[i]);
    expect.fail(`${kernel} wrote to address ${address}, outside of ${JSON.stringify(writes)}; its arguments: ${JSON.stringify(args)}`);
  }

  /** A block holds these floats, to within `tolerance` times the largest of them (or 1); where NaN is expected it is untouched. */
  expectFloats(block: Block, expected: ArrayLike<number>, tolerance: number): void {
    const got = this.#engine.floats(block.address, expected.length);
    const bits = this.#engine.integers(block.address, expected.length);
    let scale = 1;
    for (let i = 0; i < expected.length; i++) if (Math.abs(expected[i]) > scale) scale = Math.abs(expected[i]);
    for (let i = 0; i < expected.length; i++) {
      const right = Number.isNaN(expected[i]) ? bits[i] === UNTOUCHED : Math.abs(got[i] - expected[i]) <= tolerance * scale;
      if (!right)
        expect.fail(`float ${i} of ${expected.length} is ${got[i]}, expected ${Number.isNaN(expected[i]) ? 'it untouched' : expected[i]}`);
    }
  }

  expectIntegers(block: Block, expected: ArrayLike<number>): void {
    expect([...this.#engine.integers(block.address, expected.length)]).toEqual(Array.from(expected));
  }

  /** A block begins with these bytes. */
  expectBytes(block: Block, expected: ArrayLike<number>): void {
    expect([...this.#engine.bytes(block.address, expected.length)]).toEqual(Array.from(expected));
  }

  /** A block holds these whole numbers as groups; what fills up a pixel's last group may be anything, other pixels are untouched. */
  expectQuantized(block: Block, expected: ArrayLike<number>, channels: number, perGroup: 2 | 4, written: (pixel: number) => boolean): void {
    const pixelBytes = 4 * Math.ceil(channels / perGroup);
    for (let pixel = 0; pixel < expected.length / channels; pixel++) {
      const bytes = this.#engine.bytes(block.address + pixel * pixelBytes, pixelBytes).slice();
      if (written(pixel)) {
        const numbers = perGroup === 4 ? bytes : new Int16Array(bytes.buffer);
        expect([...numbers.subarray(0, channels)]).toEqual(Array.from(expected).slice(pixel * channels, (pixel + 1) * channels));
      } else {
        expect(new Int32Array(bytes.buffer).every((word) => word === UNTOUCHED)).toBe(true);
      }
    }
  }

  #memory(): Uint8Array {
    return this.#engine.bytes(0, this.#engine.memoryBytes);
  }
}

/** Rows of `channels` values, `stride` apart, with NaN between them and instead of the rows that aren't `kept`. */
export function spread(values: ArrayLike<number>, channels: number, stride = channels, kept = (_row: number) => true): Float64Array {
  const rows = values.length / channels;
  const out = new Float64Array(rows * stride).fill(NaN);
  for (let row = 0; row < rows; row++) {
    if (!kept(row)) continue;
    for (let c = 0; c < channels; c++) out[row * stride + c] = values[row * channels + c];
  }
  return out;
}
