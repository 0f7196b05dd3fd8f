import { gainsFromInt8 } from '../engine/algorithm.ts';
import type { ActivationRanges, Network } from '../network/graph.ts';
import type { Step } from '../wasm/kernels.ts';

/** Share of a layer's inputs beyond the range at either end: clipping few outliers leaves finer steps to all others (chosen on training faces; 0 and 0.001 are worse). */
const CLIPPED = 0.0005;

/** The score map decides where everything else is read; it is small, and stays in f32. */
const KEPT_IN_F32 = 'cls_layer';

/**
 * Gathers what those convolutions of a network read that gain from int8: for each the range that holds all but a few of its
 * inputs, averaged over the crops shown.
 */
export class Calibration {
  readonly #layers: ReadonlySet<string>;
  readonly #sums = new Map<string, { low: number; high: number; count: number }>();

  constructor({ layers }: Network) {
    this.#layers = new Set(layers.flatMap((layer) => (layer.op === 'convolution' && gainsFromInt8(layer) ? [layer.name] : [])));
  }

  /** To be called for each step of each crop. */
  add(step: Step, input: Float32Array): void {
    if (!this.#layers.has(step.layer) || step.layer === KEPT_IN_F32) return;
    const sorted = input.slice().sort();
    const clipped = Math.floor(sorted.length * CLIPPED);
    const sum = this.#sums.get(step.layer) ?? { low: 0, high: 0, count: 0 };
    sum.low += sorted[clipped];
    sum.high += sorted[sorted.length - 1 - clipped];
    sum.count++;
    this.#sums.set(step.layer, sum);
  }

  get ranges(): ActivationRanges {
    return Object.fromEntries([...this.#sums].map(([layer, { low, high, count }]) => [layer, [low / count, high / count]]));
  }
}
