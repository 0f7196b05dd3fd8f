/** The kernels of training on a memory of their own, and slopes of their twins by finite differences. */
import { describe, expect } from 'vitest';
import { createTrainEngine, type Kernels, type TrainEngine } from '../../src/step/kernels.ts';
import type { KernelBuild } from '../../src/wasm/builds.ts';
import { supportsRelaxedSimd } from '../../src/wasm/features.ts';

export const BUILDS: KernelBuild[] = supportsRelaxedSimd() ? ['simd', 'relaxed'] : ['simd'];

export class Workbench {
  readonly #engine: TrainEngine;

  static async open(kernels: KernelBuild): Promise<Workbench> {
    return new Workbench(await createTrainEngine({ kernels }));
  }

  private constructor(engine: TrainEngine) {
    this.#engine = engine;
  }

  call<Kernel extends keyof Kernels>(kernel: Kernel, args: { [Name in keyof Kernels[Kernel]]: number }): void {
    this.#engine.call(kernel, args);
  }

  /** Address of these floats, or of as many zeros. */
  floats(values: ArrayLike<number> | number): number {
    const length = typeof values === 'number' ? values : values.length;
    const address = this.#engine.zeros(4 * length + 64);
    if (typeof values !== 'number') this.#engine.floats(address, length).set(values);
    return address;
  }

  integers(values: ArrayLike<number>): number {
    const address = this.#engine.zeros(4 * values.length);
    this.#engine.integers(address, values.length).set(values);
    return address;
  }

  read(address: number, length: number): Float32Array {
    return this.#engine.floats(address, length).slice();
  }

  double(address: number): number {
    return this.#engine.doubles(address, 1)[0];
  }
}

/** The same tests on every build that this runtime has the instructions for. */
export function describeBuilds(body: (open: () => Promise<Workbench>) => void): void {
  describe.each(BUILDS)('%s', (build) => body(() => Workbench.open(build)));
}

/** Derivatives of `loss` by each element of `values` (central differences). */
export function slopes(values: ArrayLike<number>, loss: (values: Float64Array) => number, step = 1e-4): Float64Array {
  const at = Float64Array.from(values);
  return at.map((value, i) => {
    const side = (sign: number) => {
      at[i] = value + sign * step;
      const result = loss(at);
      at[i] = value;
      return result;
    };
    return (side(1) - side(-1)) / (2 * step);
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Equal to within `tolerance` times the largest of them (or 1). */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-4): void {
  expect(actual.length).toBe(expected.length);
  let scale = 1;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * scale))
      expect.fail(`element ${i} of ${expected.length} is ${actual[i]}, expected ${expected[i]}`);
  }
}
