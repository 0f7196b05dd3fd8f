/**
 * The state of one thread's part of a training step while it is drafted: outputs of the forward pass, gradients of the
 * backward pass.
 *
 * What lies in memory between the passes is each convolution's output before its batch norm (`z`). The normalised,
 * activated output (`y`) is made from it again, band by band, by whoever reads it: that is cheaper than to keep it, and
 * halves the memory. Only outputs with several readers are kept.
 */
import type { Shape } from '../engine/arguments.ts';
import { after, type Draft } from '../engine/draft.ts';
import type { Layer, LayerId, Network } from '../network/graph.ts';
import { findReaders } from '../network/operations.ts';
import type { Place } from '../wasm/kernels.ts';
import { F32, NORM_SUMS } from '../wasm/kernels/border.ts';
import type { Kernels } from './kernels.ts';
import type { NetworkWeights } from './network-weights.ts';

/** A batch norm of this thread: see assembly/train/batch-norm-f32.ts. */
export interface Norm {
  name: string;
  activation: number;
  state: Place;
  /** Sums of the forward pass, then of the backward pass. */
  sums: Place;
  /** Whether the backward sums were taken as the gradient was made. */
  summed: boolean;
}

/** A layer's output for all samples, NHWC. */
export interface Output extends Shape {
  z?: Place;
  norm?: Norm;
  /** Undefined where readers make it from `z`. */
  y?: Place;
  /** What squeeze-and-excite keeps for its backward pass, per sample. */
  kept?: Place;
}

/** Addresses of one thread's vectors, laid out as `Layout` says. */
export interface ThreadVectors {
  gradients: number;
  /** Means and variances of this step's batch norms, in the layout of the buffers. */
  statistics: number;
}

export interface PassOptions {
  draft: Draft<Kernels>;
  network: Network;
  /** The layers that are trained, in order of execution, and those of them whose output is asked for. */
  layers: ReadonlySet<LayerId>;
  asked: ReadonlySet<LayerId>;
  weights: NetworkWeights;
  vectors: ThreadVectors;
  samples: number;
}

/** How an operation is trained. */
export interface Trained<L extends Layer> {
  forward(pass: Pass, layer: L, id: LayerId): Output;
  /** Adds to the gradients of the layer's inputs. @param gradient of its output, complete */
  backward(pass: Pass, layer: L, id: LayerId, gradient: Place): void;
}

/** Floats that a pass over a kept output takes at a time: sums in f32 stay exact enough, the band stays in the cache. */
const BAND_FLOATS = 16384;

export class Pass {
  readonly draft: Draft<Kernels>;
  readonly network: Network;
  readonly weights: NetworkWeights;
  readonly vectors: ThreadVectors;
  readonly samples: number;
  readonly outputs = new Map<LayerId, Output>();
  readonly #gradients = new Map<LayerId, Place>();
  /** Gradients that are those of another layer's output, unchanged: of residuals. */
  readonly #identities = new Map<LayerId, Place[]>();
  readonly #lazy: Set<LayerId>;

  constructor({ draft, network, layers, asked, weights, vectors, samples }: PassOptions) {
    this.draft = draft;
    this.network = network;
    this.weights = weights;
    this.vectors = vectors;
    this.samples = samples;
    this.#lazy = findLazy(network, layers, asked);
  }

  isLazy(id: LayerId): boolean {
    return this.#lazy.has(id);
  }

  /** Whether anything behind this output is trained. */
  needsGradient(id: LayerId): boolean {
    return this.network.layers[id].op !== 'input';
  }

  /** Pixels of an output over all samples. */
  pixels({ height, width }: Output): number {
    return this.samples * height * width;
  }

  /** Calls `visit(pixel, count)` for bands of all pixels. */
  bands(
    output: Output,
    visit: (pixel: number, count: number) => void,
    step = Math.max(16, Math.floor(BAND_FLOATS / output.channels / 16) * 16),
  ): void {
    const pixels = this.pixels(output);
    for (let pixel = 0; pixel < pixels; pixel += step) visit(pixel, Math.min(step, pixels - pixel));
  }

  /** Calls `visit(sample, of)` for each sample; `of` gives a tensor's part that is the sample's. */
  each(visit: (sample: number, of: (whole: Place, shape: Shape) => Place) => void): void {
    for (let s = 0; s < this.samples; s++) visit(s, (whole, { height, width, channels }) => after(whole, s * height * width * channels));
  }

  /** Address of a parameter's gradient. */
  gradientAddress(name: string): number {
    return this.weights.address(name, this.vectors.gradients);
  }

  /** Sums for the batch norm of an output's backward pass, over a band of its complete gradient. */
  sumBackward({ z, norm, channels }: Output, gradient: Place, pixel: number, count: number): void {
    const { sums, state, activation } = norm!;
    this.draft.call('normBackwardSums', {
      sums,
      dy: after(gradient, pixel * channels),
      z: after(z!, pixel * channels),
      state,
      pixels: count,
      channels,
      activation,
    });
  }

  /** Clears a norm's sums before they are taken. */
  clearSums({ norm, channels }: Output): void {
    this.draft.call('fill', { out: norm!.sums, byte: 0, bytes: NORM_SUMS * channels * 8 });
  }

  /** Memory for a tensor of all samples. */
  tensor(shape: Shape): Place {
    return this.draft.floats(this.pixels(shape) * shape.channels);
  }

  /** Sets the gradient of an output that nothing has read so far. */
  setGradient(id: LayerId, place: Place): void {
    this.#gradients.set(id, place);
  }

  /** Gives on a gradient unchanged. */
  shareGradient(id: LayerId, place: Place): void {
    this.#identities.set(id, [...(this.#identities.get(id) ?? []), place]);
  }

  /** The complete gradient of a layer's output, all of whose readers have been there. */
  completeGradient(id: LayerId): Place {
    // A layer that is only ever added to others takes its gradient from there.
    const gradient = this.#gradients.get(id) ?? this.#identities.get(id)!.pop()!;
    const output = this.outputs.get(id)!;
    for (const other of this.#identities.get(id) ?? [])
      this.draft.call('add', { out: gradient, input: other, length: this.pixels(output) * output.channels });
    return gradient;
  }

  /**
   * Where a reader leaves its gradient: fresh memory, or memory to add to. A gradient that is another's unchanged is left
   * to the caller as `addend` if nothing else was there, so that it can be added on the way.
   */
  targetGradient(id: LayerId): { place: Place; fresh: boolean; addend: Place | undefined } {
    const existing = this.#gradients.get(id);
    if (existing) return { place: existing, fresh: false, addend: undefined };
    const place = this.tensor(this.outputs.get(id)!);
    this.#gradients.set(id, place);
    return { place, fresh: true, addend: this.#identities.get(id)?.pop() };
  }

  /** As `targetGradient`, for readers that can only add: the memory holds something already. */
  addableGradient(id: LayerId): Place {
    const { place, fresh, addend } = this.targetGradient(id);
    const output = this.outputs.get(id)!;
    const bytes = this.pixels(output) * output.channels * F32;
    if (addend) this.draft.call('copy', { out: place, input: addend, bytes });
    else if (fresh) this.draft.call('fill', { out: place, byte: 0, bytes });
    return place;
  }
}

/** Outputs of batch norms that one convolution alone reads: it makes them itself. */
function findLazy(network: Network, layers: ReadonlySet<LayerId>, asked: ReadonlySet<LayerId>): Set<LayerId> {
  const readers = findReaders(network, layers);
  const isLazy = (id: LayerId) => {
    const layer = network.layers[id];
    const [reader, another] = (readers.get(id) ?? []).map((id) => network.layers[id]);
    if (asked.has(id) || another || layer.op !== 'convolution' || layer.norm === undefined || layer.residual !== undefined) return false;
    return reader?.op === 'convolution' && reader.input === id;
  };
  return new Set([...layers].filter(isLazy));
}
