import { trainedAlgorithm, type PackedConvolution } from '../engine/algorithm.ts';
import { split } from '../engine/arguments.ts';
import { independent, type Draft } from '../engine/draft.ts';
import type { Convolution, Network } from '../network/graph.ts';
import type { Step } from '../wasm/kernels.ts';
import { F32, PANEL_CHANNELS } from '../wasm/kernels/border.ts';
import type { Kernels, TrainEngine } from './kernels.ts';
import type { Layout } from './parameters.ts';

/** Where a convolution's weights lie as the kernels read them. */
export interface TrainedConvolution extends Omit<PackedConvolution, 'algorithm'> {
  algorithm: ReturnType<typeof trainedAlgorithm>;
  /** Weights for the input gradient; depthwise with stride 1: the kernel turned. */
  backward: number;
}

/** What all threads read: parameters as the optimiser keeps them, and the packed copies that `pack` makes after each step. */
export class NetworkWeights {
  /** Addresses of the vectors that `Layout` describes. */
  readonly weights: number;
  readonly buffers: number;
  readonly packed = new Map<Convolution, TrainedConvolution>();
  /** Zeros: pixels outside a picture, and biases that don't exist, of outputs and of columns. */
  readonly zeros: number;
  /** Brings `packed` up to date. */
  readonly pack: Step[];
  readonly #layout: Layout;

  constructor(engine: TrainEngine, network: Network, layout: Layout) {
    this.#layout = layout;
    this.weights = engine.zeros(layout.weightLength * F32);
    this.buffers = engine.zeros(layout.bufferLength * F32);
    const convolutions = network.layers.filter((layer) => layer.op === 'convolution');
    const widths = [
      ...network.layers.map(({ channels }) => channels),
      ...convolutions.map(({ kernel, inputChannels }) => kernel ** 2 * inputChannels),
    ];
    this.zeros = engine.zeros((Math.max(...widths) + PANEL_CHANNELS) * F32);
    const draft = engine.draft();
    for (const layer of convolutions) this.packed.set(layer, this.#pack(engine, draft, layer));
    this.pack = independent(draft.finish().at(0).steps);
  }

  /** Address of a parameter; in another vector of the same layout with `base`. */
  address(name: string, base = this.weights): number {
    return base + this.#layout.weights.get(name)!.offset * F32;
  }

  /** Address of a running average in a vector of the buffers' layout. */
  bufferAddress(name: string, base: number): number {
    return base + this.#layout.buffers.get(name)!.offset * F32;
  }

  #pack(engine: TrainEngine, draft: Draft<Kernels>, layer: Convolution): TrainedConvolution {
    const { name, kernel, channels, inputChannels, stride } = layer;
    const algorithm = trainedAlgorithm(layer);
    const source = this.address(`${name}.weight`);
    const bias = layer.bias ? this.address(`${name}.bias`) : this.zeros;
    const taps = kernel * kernel;
    draft.begin(name, 'pack');
    if (algorithm === 'depthwise') {
      if (stride > 1) return { algorithm, weights: source, bias, backward: source };
      const backward = engine.zeros(taps * channels * F32);
      draft.call('reverseTaps', { out: backward, weights: source, taps, channels });
      return { algorithm, weights: source, bias, backward };
    }
    const depth = taps * inputChannels;
    const panels = Math.ceil(channels / PANEL_CHANNELS);
    const gradientPanels = Math.ceil(depth / PANEL_CHANNELS);
    const weights = engine.zeros(panels * PANEL_CHANNELS * depth * F32);
    const backward = engine.zeros(gradientPanels * PANEL_CHANNELS * channels * F32);
    const shape = { weights: source, rows: channels, depth };
    split(panels, engine.threads).forEach((part, thread) => draft.call('packRows', { out: weights, ...shape, ...part }, thread));
    split(gradientPanels, engine.threads).forEach((part, thread) =>
      draft.call('packInputGradient', { out: backward, ...shape, ...part }, thread),
    );
    return { algorithm, weights, bias, backward };
  }
}
