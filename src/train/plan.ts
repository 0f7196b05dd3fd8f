/**
 * From a network to the kernel calls of one thread's part of a training step: forward pass, losses, backward pass. It
 * reads the same layer descriptions as the detector's schedule.
 *
 * What lies in memory between the passes is each convolution's output before its batch norm (`z`). The normalised,
 * activated output (`y`) is made from it again, band by band, by whoever reads it: that is cheaper than to keep it, and
 * halves the memory. Only outputs with several readers are kept.
 */
import type { Convolution, LayerId, Network, Pool, SqueezeExcite } from '../network/graph.ts';
import { inputsOf } from '../network/graph.ts';
import { ACTIVATION_CODES } from '../wasm/kernels.ts';
import type { Place } from '../schedule/calls.ts';
import { after, Draft } from './draft.ts';
import type { NetworkWeights } from './network-weights.ts';
import { backwardConvolution, forwardConvolution } from './plan-convolution.ts';
import { planLosses, type LossTensors } from './plan-losses.ts';

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
export interface Output {
  layer: string;
  height: number;
  width: number;
  channels: number;
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
  bufferOffset(name: string): number;
}

export interface PlanOptions {
  network: Network;
  weights: NetworkWeights;
  vectors: ThreadVectors;
  losses: LossTensors;
  samples: number;
  size: number;
}

/** Doubles per channel of `Norm.sums`, and floats of `Norm.state`. */
const SUMS = 2;
const STATE = 7;

/** Floats that a pass over a kept output takes at a time: sums in f32 stay exact enough, the band stays in the cache. */
const BAND_FLOATS = 16384;

export class Plan {
  readonly draft = new Draft();
  readonly network: Network;
  readonly weights: NetworkWeights;
  readonly vectors: ThreadVectors;
  readonly samples: number;
  readonly outputs = new Map<LayerId, Output>();
  readonly images: Place;
  readonly #gradients = new Map<LayerId, Place>();
  /** Gradients that are those of another layer's output, unchanged: of residuals. */
  readonly #identities = new Map<LayerId, Place[]>();
  readonly #lazy: Set<LayerId>;

  constructor({ network, weights, vectors, losses, samples, size }: PlanOptions) {
    this.network = network;
    this.weights = weights;
    this.vectors = vectors;
    this.samples = samples;
    const heads = new Set(Object.entries(network.outputs).flatMap(([name, id]) => (name === 'features' ? [] : [id])));
    this.#lazy = findLazy(network, heads);

    this.draft.begin('image', 'forward');
    this.images = this.draft.block(samples * size * size * 3);
    const body = network.layers.map((_, id) => id).filter((id) => !heads.has(id));
    for (const id of body) this.#forward(id, size);
    this.#gradients.set(network.outputs.features, planLosses(this, losses));
    for (const id of body.reverse()) this.#backward(id);
  }

  isLazy(id: LayerId): boolean {
    return this.#lazy.has(id);
  }

  /** Pixels of an output over all samples. */
  pixels({ height, width }: Output): number {
    return this.samples * height * width;
  }

  /** Calls `visit(pixel, count)` for bands of all pixels. */
  bands(output: Output, visit: (pixel: number, count: number) => void, step = Math.max(16, Math.floor(BAND_FLOATS / output.channels / 16) * 16)): void {
    const pixels = this.pixels(output);
    for (let pixel = 0; pixel < pixels; pixel += step) visit(pixel, Math.min(step, pixels - pixel));
  }

  /** Sums for the batch norm of an output's backward pass, over a band of its complete gradient. */
  sumBackward({ z, norm, channels }: Output, gradient: Place, pixel: number, count: number): void {
    this.draft.call('normBackwardSums', norm!.sums, after(gradient, pixel * channels), after(z!, pixel * channels), norm!.state, count, channels, norm!.activation);
  }

  /** Clears a norm's sums before they are taken. */
  clearSums({ norm, channels }: Output): void {
    this.draft.call('fill', norm!.sums, 0, SUMS * channels * 8);
  }

  /**
   * Where a reader leaves its gradient: fresh memory, or memory to add to. A gradient that is another's unchanged is left
   * to the caller as `addend` if nothing else was there, so that it can be added on the way.
   */
  targetGradient(id: LayerId): { place: Place; fresh: boolean; addend: Place | undefined } {
    const existing = this.#gradients.get(id);
    if (existing) return { place: existing, fresh: false, addend: undefined };
    const output = this.outputs.get(id)!;
    const place = this.draft.block(this.pixels(output) * output.channels);
    this.#gradients.set(id, place);
    return { place, fresh: true, addend: this.#identities.get(id)?.pop() };
  }

  /** As `targetGradient`, for readers that can only add: the memory holds something already. */
  addableGradient(id: LayerId): Place {
    const { place, fresh, addend } = this.targetGradient(id);
    const output = this.outputs.get(id)!;
    const bytes = this.pixels(output) * output.channels * 4;
    if (addend) this.draft.call('copy', place, addend, bytes);
    else if (fresh) this.draft.call('fill', place, 0, bytes);
    return place;
  }

  normFor(layer: Convolution): Norm {
    const { norm, channels, residual, activation } = layer;
    return {
      name: norm!,
      // After a residual the activation stands alone.
      activation: residual === undefined ? ACTIVATION_CODES[activation] : ACTIVATION_CODES.none,
      state: this.draft.block(STATE * channels),
      sums: this.draft.block(SUMS * channels * 2),
      summed: false,
    };
  }

  /** Normalises all of an output whose `z` and sums are complete. */
  finishNorm(id: LayerId, layer: Convolution, output: Output): void {
    const { norm, channels, z } = output;
    const { weights, vectors, draft } = this;
    const statistics = vectors.statistics + vectors.bufferOffset(`${norm!.name}.running_mean`);
    draft.call(
      'normFinish', norm!.state, statistics, norm!.sums, weights.address(`${norm!.name}.weight`), weights.address(`${norm!.name}.bias`),
      this.pixels(output), channels,
    );
    if (this.isLazy(id)) return;
    output.y = draft.block(this.pixels(output) * channels);
    const residual = layer.residual === undefined ? undefined : this.outputs.get(layer.residual)!.y!;
    this.bands(output, (pixel, count) => {
      const at = (place: Place) => after(place, pixel * channels);
      draft.call('normApply', at(output.y!), at(z!), residual ? at(residual) : 0, norm!.state, count, channels, ACTIVATION_CODES[layer.activation]);
    });
  }

  #forward(id: LayerId, size: number): void {
    const layer = this.network.layers[id];
    if (layer.op === 'input') {
      this.outputs.set(id, { layer: 'image', height: size, width: size, channels: layer.channels, y: this.images });
      return;
    }
    if (layer.op === 'concat') throw new Error('concatenations have no backward pass');
    const input = this.outputs.get(layer.input)!;
    this.draft.begin(nameOf(layer), 'forward');
    if (layer.op === 'convolution') this.outputs.set(id, forwardConvolution(this, id, layer, input));
    else if (layer.op === 'squeezeExcite') this.outputs.set(id, this.#forwardSqueezeExcite(layer, input));
    else this.outputs.set(id, this.#forwardPool(layer, input));
  }

  #backward(id: LayerId): void {
    const layer = this.network.layers[id];
    if (layer.op === 'input' || layer.op === 'concat') return;
    const output = this.outputs.get(id)!;
    // A layer that is only ever added to others takes its gradient from there.
    const gradient = this.#gradients.get(id) ?? this.#identities.get(id)!.pop()!;
    this.draft.begin(nameOf(layer), 'backward');
    for (const other of this.#identities.get(id) ?? []) this.draft.call('add', gradient, other, this.pixels(output) * output.channels);
    if (layer.op === 'squeezeExcite') this.#backwardSqueezeExcite(layer, output, gradient);
    else if (layer.op === 'convolution') this.#backwardBlock(id, layer, output, gradient);
    else this.#backwardPool(layer, output, gradient);
    // Nobody reads it any more.
    this.#gradients.delete(id);
  }

  /** Activation, residual and batch norm as far as they need the whole gradient, then the convolution. */
  #backwardBlock(id: LayerId, layer: Convolution, output: Output, gradient: Place): void {
    const { draft, weights, vectors } = this;
    const { norm, channels } = output;
    if (layer.residual !== undefined) {
      if (layer.activation !== 'none') {
        this.bands(output, (pixel, count) => {
          const at = (place: Place) => after(place, pixel * channels);
          draft.call('activationBackward', at(gradient), at(gradient), at(output.y!), count * channels, ACTIVATION_CODES[layer.activation]);
          this.#sumKept(output, gradient, pixel, count);
        });
        norm!.summed = true;
      }
      const list = this.#identities.get(layer.residual) ?? [];
      this.#identities.set(layer.residual, [...list, gradient]);
    }
    if (!norm!.summed) this.bands(output, (pixel, count) => this.#sumKept(output, gradient, pixel, count));
    draft.call(
      'normBackwardFinish', norm!.state, weights.address(`${norm!.name}.weight`, vectors.gradients), weights.address(`${norm!.name}.bias`, vectors.gradients),
      norm!.sums, this.pixels(output), channels,
    );
    backwardConvolution(this, id, layer, output, gradient);
  }

  #sumKept(output: Output, gradient: Place, pixel: number, count: number): void {
    if (pixel === 0) this.clearSums(output);
    this.sumBackward(output, gradient, pixel, count);
  }

  #forwardSqueezeExcite(layer: SqueezeExcite, input: Output): Output {
    const { height, width, channels } = input;
    const { squeeze, excite, hidden, activation } = layer;
    const pixels = height * width;
    const perSample = 2 * channels + hidden;
    const y = this.draft.block(this.samples * pixels * channels);
    const kept = this.draft.block(this.samples * perSample);
    const parameters = [squeeze, excite].flatMap((name) => [this.weights.address(`${name}.weight`), this.weights.address(`${name}.bias`)]);
    for (let s = 0; s < this.samples; s++) {
      this.draft.call(
        'squeezeExcite', after(y, s * pixels * channels), after(input.y!, s * pixels * channels), ...parameters, after(kept, s * perSample),
        pixels, channels, hidden, ACTIVATION_CODES[activation],
      );
    }
    return { layer: squeeze, height, width, channels, y, kept };
  }

  #backwardSqueezeExcite(layer: SqueezeExcite, { height, width, channels, kept }: Output, gradient: Place): void {
    const { squeeze, excite, hidden, activation } = layer;
    const { weights, vectors } = this;
    const input = this.outputs.get(layer.input)!;
    const { place, fresh, addend } = this.targetGradient(layer.input);
    if (!fresh || addend) throw new Error('squeeze-and-excite must be the only reader of its input');
    const pixels = height * width;
    const perSample = 2 * channels + hidden;
    const scratch = this.draft.block(perSample);
    const of = (name: string) => [weights.address(`${name}.weight`, vectors.gradients), weights.address(`${name}.bias`, vectors.gradients)];
    for (let s = 0; s < this.samples; s++) {
      const at = (whole: Place) => after(whole, s * pixels * channels);
      this.draft.call(
        'squeezeExciteBackward', at(place), ...of(squeeze), ...of(excite), at(gradient), at(input.y!),
        weights.address(`${squeeze}.weight`), weights.address(`${excite}.weight`), after(kept!, s * perSample), scratch,
        pixels, channels, hidden, ACTIVATION_CODES[activation],
      );
    }
  }

  #forwardPool(layer: Pool, input: Output): Output {
    if (layer.op !== 'maxPool') throw new Error(`${layer.op} has no backward pass`);
    const { kernel, stride, padding } = layer;
    const { channels } = input;
    const height = outputLength(input.height, layer);
    const width = outputLength(input.width, layer);
    const y = this.draft.block(this.samples * height * width * channels);
    for (let s = 0; s < this.samples; s++) {
      this.draft.call(
        'maxPool', after(y, s * height * width * channels), after(input.y!, s * input.height * input.width * channels),
        input.height, input.width, channels, kernel, stride, padding, width, 0, height,
      );
    }
    return { layer: layer.op, height, width, channels, y };
  }

  #backwardPool(layer: Pool, output: Output, gradient: Place): void {
    const { kernel, stride, padding } = layer;
    const input = this.outputs.get(layer.input)!;
    const target = this.addableGradient(layer.input);
    const { channels, height, width } = output;
    for (let s = 0; s < this.samples; s++) {
      const small = (place: Place) => after(place, s * height * width * channels);
      const large = (place: Place) => after(place, s * input.height * input.width * channels);
      this.draft.call(
        'maxPoolBackward', large(target), small(gradient), large(input.y!), small(output.y!),
        input.height, input.width, channels, kernel, stride, padding, height, width,
      );
    }
  }
}

/** Side of a sliding window's output. */
export function outputLength(length: number, { kernel, stride, padding }: { kernel: number; stride: number; padding: number }): number {
  return Math.floor((length + 2 * padding - kernel) / stride) + 1;
}

/** Outputs of batch norms that one convolution alone reads: it makes them itself. */
function findLazy(network: Network, heads: Set<LayerId>): Set<LayerId> {
  const readers = new Map<LayerId, number>();
  const convolved = new Set<LayerId>();
  network.layers.forEach((layer, id) => {
    if (heads.has(id)) return;
    for (const input of inputsOf(layer)) readers.set(input, (readers.get(input) ?? 0) + 1);
    if (layer.op === 'convolution') convolved.add(layer.input);
  });
  const isLazy = (id: LayerId) => {
    const layer = network.layers[id];
    return layer.op === 'convolution' && layer.norm !== undefined && layer.residual === undefined && readers.get(id) === 1 && convolved.has(id);
  };
  return new Set(network.layers.map((_, id) => id).filter(isLazy));
}

function nameOf(layer: Convolution | SqueezeExcite | Pool): string {
  if (layer.op === 'convolution') return layer.name;
  return layer.op === 'squeezeExcite' ? layer.squeeze.replace(/\.[^.]*$/, '') : layer.op;
}
