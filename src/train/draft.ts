/** A program under construction: calls whose tensors are blocks of an arena that is planned when all calls are known. */
import { planArena, type Block } from '../schedule/arena.ts';
import type { Place } from '../schedule/calls.ts';
import { F32 } from '../wasm/kernels.ts';
import type { TrainKernelName } from './kernels.ts';
import type { Program } from './team.ts';

/** Room that some kernels read behind a tensor. */
const SLACK = 32;

export class Draft {
  readonly #blocks: Block[] = [];
  readonly #segments: { layer: string; pass: string; calls: { kernel: TrainKernelName; args: (number | Place)[] }[] }[] = [];

  /** Begins a new segment: a block is free for others before the first and after the last segment that uses it. */
  begin(layer: string, pass: string): void {
    this.#segments.push({ layer, pass, calls: [] });
  }

  /** A block of floats, alive from this segment on. */
  block(floats: number): Place {
    const now = this.#segments.length - 1;
    return { block: this.#blocks.push({ bytes: floats * F32 + SLACK, first: now, last: now }) - 1, offset: 0 };
  }

  call(kernel: TrainKernelName, ...args: (number | Place)[]): void {
    const now = this.#segments.length - 1;
    for (const arg of args) if (typeof arg === 'object') this.#blocks[arg.block].last = now;
    this.#segments[now].calls.push({ kernel, args });
  }

  /** Plans the arena; `at` then places it somewhere. */
  finish(): { bytes: number; at(base: number): { program: Program; address(place: Place): number } } {
    const { offsets, bytes } = planArena(this.#blocks);
    return {
      bytes,
      at: (base) => {
        const address = ({ block, offset }: Place) => base + offsets[block] + offset;
        const program = this.#segments.map(({ layer, pass, calls }) => ({
          layer,
          pass,
          calls: calls.map(({ kernel, args }) => ({ kernel, args: args.map((arg) => (typeof arg === 'number' ? arg : address(arg))) })),
        }));
        return { program, address };
      },
    };
  }
}

/** The place `floats` behind another. */
export function after(place: Place, floats: number): Place {
  return { block: place.block, offset: place.offset + floats * F32 };
}
