import type { Convolution, Network } from '../network/graph.ts';
import { split } from '../schedule/calls.ts';
import { F32, PANEL_CHANNELS } from '../wasm/kernels.ts';
import type { TrainMemory } from './memory.ts';
import type { Layout } from './parameters.ts';
import type { Program } from './team.ts';

/** Where a convolution's weights lie as the kernels read them. */
export interface PackedConvolution {
  forward: number;
  /** For the input gradient; depthwise with stride 1: the kernel turned. */
  backward: number;
}

/** What all threads read: parameters as the optimiser keeps them, and the packed copies that `pack` makes after each step. */
export class NetworkWeights {
  /** Addresses of the vectors that `Layout` describes. */
  readonly weights: number;
  readonly buffers: number;
  readonly packed = new Map<Convolution, PackedConvolution>();
  /** Zeros: pixels outside a picture, and biases that don't exist, of outputs and of columns. */
  readonly zeros: number;
  /** One program per thread that brings `packed` up to date. */
  readonly pack: Program[];
  readonly #layout: Layout;

  constructor(memory: TrainMemory, network: Network, layout: Layout, threads: number) {
    this.#layout = layout;
    this.weights = memory.allocate(layout.weightLength * F32);
    this.buffers = memory.allocate(layout.bufferLength * F32);
    const widths = network.layers.map((layer) => Math.max(layer.channels, layer.op === 'convolution' ? layer.kernel ** 2 * layer.inputChannels : 0));
    this.zeros = memory.allocate((Math.max(...widths) + PANEL_CHANNELS) * F32);
    this.pack = Array.from({ length: threads }, () => []);
    for (const layer of network.layers) {
      if (layer.op === 'convolution') this.packed.set(layer, this.#pack(memory, layer, threads));
    }
  }

  /** Address of a parameter; in another vector of the same layout with `base`. */
  address(name: string, base = this.weights): number {
    return base + this.#layout.weights.get(name)!.offset * F32;
  }

  #pack(memory: TrainMemory, layer: Convolution, threads: number): PackedConvolution {
    const { name, kernel, channels, inputChannels, depthwise, stride } = layer;
    const source = this.address(`${name}.weight`);
    if (depthwise) {
      const backward = stride === 1 ? memory.allocate(kernel * kernel * channels * F32) : source;
      if (stride === 1) this.pack[0].push({ layer: name, pass: 'pack', calls: [{ kernel: 'reverseTaps', args: [backward, source, kernel * kernel, channels] }] });
      return { forward: source, backward };
    }
    const depth = kernel * kernel * inputChannels;
    const panels = Math.ceil(channels / PANEL_CHANNELS);
    const gradientPanels = Math.ceil(depth / PANEL_CHANNELS);
    const forward = memory.allocate(panels * PANEL_CHANNELS * depth * F32);
    const backward = memory.allocate(gradientPanels * PANEL_CHANNELS * channels * F32);
    const parts = split(panels, threads);
    const gradientParts = split(gradientPanels, threads);
    for (let thread = 0; thread < threads; thread++) {
      const calls: Program[number]['calls'] = [];
      if (parts[thread]) calls.push({ kernel: 'packRows', args: [forward, source, channels, depth, parts[thread].begin, parts[thread].end] });
      if (gradientParts[thread]) calls.push({ kernel: 'packInputGradient', args: [backward, source, channels, depth, gradientParts[thread].begin, gradientParts[thread].end] });
      this.pack[thread].push({ layer: name, pass: 'pack', calls });
    }
    return { forward, backward };
  }
}
