/**
 * The border to the kernels: they are called by their arguments' names, which the build takes from assembly/, and get them
 * in their order.
 */
import type { Activation } from '../network/graph.ts';
import { HARD_SIGMOID, HARD_SWISH, NONE, RELU, RELU6 } from './kernels/border.ts';

/** A place in a block of an arena, which becomes an address once the arena is planned. */
export interface Place {
  block: number;
  offset: number;
}

/** Of linear memory; 0 for what is left out. */
export type Address = number | Place;

/** The arguments' order, by kernel. */
export type Parameters<Kernels> = { readonly [Kernel in keyof Kernels]: readonly (keyof Kernels[Kernel])[] };

/** Codes of `activation` arguments. */
export const ACTIVATION_CODES: Record<Activation, number> = {
  none: NONE,
  relu: RELU,
  relu6: RELU6,
  hardSwish: HARD_SWISH,
  hardSigmoid: HARD_SIGMOID,
};

/** One kernel call. */
export interface Call<Argument = number> {
  kernel: string;
  args: Argument[];
}

/** What computes one layer: for each thread its calls, which need nothing of another thread's within the step. */
export interface Step<Argument = number> {
  /** The layer's parameter name, or its operation; of two layers in one step the first one's. */
  layer: string;
  /** How it is computed; in a training, which pass this is. */
  algorithm: string;
  calls: Call<Argument>[][];
  /** Threads go on without waiting for each other: what they do in this step and the next doesn't meet. */
  independent?: boolean;
  /** Multiplications and additions of the layer as a direct convolution, whatever the algorithm; 0 where nobody asks. */
  flops: number;
}

declare global {
  // Node's types lack these names, which our declarations mention. Where they exist, empty interfaces add nothing.
  namespace WebAssembly {
    interface Module {}
    interface Memory {}
  }
}
