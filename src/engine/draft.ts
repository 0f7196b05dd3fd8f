/** A program under construction: steps of kernel calls whose tensors are blocks of an arena, which is planned when all calls are known. */
import type { Address, Call, Parameters, Place, Step } from '../wasm/kernels.ts';
import { F32, SLACK } from '../wasm/kernels/border.ts';
import { planArena, type Block } from './arena.ts';

/** A program for one place in memory. */
export interface Placed {
  steps: Step[];
  address(place: Place): number;
}

export class Draft<Kernels> {
  readonly #parameters: Parameters<Kernels>;
  readonly #blocks: Block[] = [];
  readonly #steps: Step<Address>[] = [];

  /** @param parameters of the module whose kernels are called */
  constructor(parameters: Parameters<Kernels>) {
    this.#parameters = parameters;
  }

  /** Begins a step: a block is free for others before the first and after the last step that uses it. */
  begin(layer: string, algorithm: string, flops = 0): void {
    this.#steps.push({ layer, algorithm, flops, calls: [] });
  }

  /** A block of memory, alive from this step on; kernels may overrun it a little. */
  block(bytes: number): Place {
    const now = Math.max(0, this.#steps.length - 1);
    return { block: this.#blocks.push({ bytes: bytes + SLACK, first: now, last: now }) - 1, offset: 0 };
  }

  /** A block of floats. */
  floats(length: number): Place {
    return this.block(length * F32);
  }

  /** Adds a call to what a thread does in this step, in which it needs nothing that another thread makes in it. */
  call<Kernel extends keyof Kernels & string>(kernel: Kernel, args: Kernels[Kernel], thread = 0): void {
    const list = this.#parameters[kernel].map((name) => args[name] as Address);
    for (const arg of list) this.#use(arg, this.#steps.length - 1);
    const { calls } = this.#steps[this.#steps.length - 1];
    while (calls.length <= thread) calls.push([]);
    calls[thread].push({ kernel, args: list });
  }

  /** Keeps what lies in a block until the program has ended. */
  keep(place: Place): void {
    this.#use(place, Infinity);
  }

  /** Plans the arena; `at` then places it somewhere. */
  finish(): { bytes: number; at(base: number): Placed } {
    const { offsets, bytes } = planArena(this.#blocks);
    return {
      bytes,
      at: (base) => {
        const address = ({ block, offset }: Place) => base + offsets[block] + offset;
        const resolve = ({ kernel, args }: Call<Address>): Call => ({
          kernel,
          args: args.map((arg) => (typeof arg === 'number' ? arg : address(arg))),
        });
        return { steps: this.#steps.map((step) => ({ ...step, calls: step.calls.map((calls) => calls.map(resolve)) })), address };
      },
    };
  }

  #use(address: Address, step: number): void {
    if (typeof address !== 'object') return;
    const block = this.#blocks[address.block];
    block.last = Math.max(block.last, step);
  }
}

/** Steps in which no thread needs what another one makes: they meet after the last only. */
export function independent(steps: Step[]): Step[] {
  return steps.map((step, i) => ({ ...step, independent: i < steps.length - 1 }));
}

/** The place `floats` behind another. */
export function after({ block, offset }: Place, floats: number): Place {
  return { block, offset: offset + floats * F32 };
}
