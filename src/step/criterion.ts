import type { Range } from '../engine/arguments.ts';
import type { Place } from '../wasm/kernels.ts';
import type { Objective } from './plan.ts';

/** Which losses count for a sample; `cls2` and `cls3` are the score maps of the features' 2x2 and 4x4 pools. */
export interface Tasks {
  cls1: boolean;
  cls2: boolean;
  cls3: boolean;
  offsets: boolean;
}

/** What a training learns: the batches that it takes, and how far the network is from them. */
export interface Criterion<Taken extends { images: Float32Array }> {
  /** Of the loss. */
  parts: readonly string[];
  /**
   * What a thread drafts.
   *
   * @param losses [parts] doubles that its kernels add to, cleared by it
   */
  objective(losses: number): Objective<Record<string, Place>>;
  /** @throws DataError for a batch that doesn't fit its `samples` pictures */
  check(batch: Taken, samples: number): void;
  /** Fills a thread's inputs, whose addresses are `at`, for its part of the batch. */
  fill(batch: Taken, samples: number, part: Range, at: Record<string, number>, tasks?: readonly Tasks[]): void;
  /**
   * Losses that no kernel has: between the passes, given where each thread's inputs lie.
   *
   * @returns the parts
   */
  measure?(batch: Taken, parts: readonly (Range & { at: Record<string, number> })[]): number[];
}
