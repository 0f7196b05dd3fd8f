/**
 * From a network and an input size to a list of kernel calls: which algorithm computes each layer, and where in the
 * arena each tensor and scratch buffer lies. Running it is calling the kernels in order.
 */
import { inputsOf, type Convolution, type LayerId, type Network, type Pool, type SqueezeExcite } from '../network/graph.ts';
import type { Engine } from '../wasm/engine.ts';
import { ACTIVATION_CODES, type KernelName } from '../wasm/kernels.ts';
import { planArena, type Block } from './arena.ts';
import type { PackedWeights } from './weights.ts';

/** One kernel call. */
export interface Step {
  /** The layer's parameter name, or its operation. */
  layer: string;
  kernel: KernelName;
  args: number[];
  /** Multiplications and additions of the layer as a direct convolution, whatever the algorithm. */
  flops: number;
}

/** A tensor in NHWC order, N = 1; `stride` floats from pixel to pixel (more than `channels` inside a concatenation). */
export interface TensorView {
  address: number;
  height: number;
  width: number;
  channels: number;
  stride: number;
}

export interface Schedule {
  steps: Step[];
  input: TensorView;
  outputs: Record<string, TensorView>;
  /** Peak size of activations and scratch. */
  arenaBytes: number;
}

const F32 = 4;

/** Output pixels for which a panel of weights is used before the next: a tile's inputs stay in L1, the pointer table is small. */
const GEMM_BLOCK = 64;

/** Bytes of columns that im2col writes before the GEMM reads them: half of a usual L2. */
const IM2COL_BYTES = 256 << 10;

/** Bytes of transformed tiles that Winograd works on at a time: they should stay in L2. */
const WINOGRAD_BYTES = 768 << 10;
const WINOGRAD_PLANES = 36;
const WINOGRAD_WORKSPACE = 6 * 6 * 16;
const WINOGRAD_PLANE_GAP = 64;

/** Room that some kernels read or write behind a tensor. */
const SLACK = 16;

/** The layers that the named outputs depend on, in order of execution. */
export function layersFor(network: Network, outputs: string[]): Set<LayerId> {
  const needed = new Set(outputs.map((name) => network.outputs[name]));
  for (let id = network.layers.length - 1; id >= 0; id--) {
    if (needed.has(id)) for (const input of inputsOf(network.layers[id])) needed.add(input);
  }
  return new Set([...needed].sort((a, b) => a - b));
}

/** Plans the named outputs of a network for an input of `height` x `width` pixels. Addresses are valid while the engine's arena base stays. */
export function schedule(engine: Engine, network: Network, weights: PackedWeights, outputs: string[], height: number, width: number): Schedule {
  return new Scheduler(network, weights, outputs, height, width).finish(engine);
}

/** A tensor before the arena is planned: a block and an offset in it. */
interface Draft {
  block: number;
  offset: number;
  height: number;
  width: number;
  channels: number;
  stride: number;
}

/** A kernel argument that becomes an address once the arena is planned. */
interface Address {
  block: number;
  offset: number;
}
type Argument = number | Address;

class Scheduler {
  readonly #network: Network;
  readonly #weights: PackedWeights;
  readonly #outputs: string[];
  readonly #blocks: Block[] = [];
  readonly #tensors = new Map<LayerId, Draft>();
  readonly #steps: (Omit<Step, 'args'> & { args: Argument[] })[] = [];

  constructor(network: Network, weights: PackedWeights, outputs: string[], height: number, width: number) {
    this.#network = network;
    this.#weights = weights;
    this.#outputs = outputs;
    const layers = layersFor(network, outputs);
    const concatOf = new Map<LayerId, { id: LayerId; channel: number }>();
    for (const id of layers) {
      const layer = network.layers[id];
      if (layer.op !== 'concat') continue;
      let channel = 0;
      for (const input of layer.inputs) {
        if (network.layers[input].op !== 'convolution') throw new Error(`only convolutions can be concatenated, not ${network.layers[input].op}`);
        concatOf.set(input, { id, channel });
        channel += network.layers[input].channels;
      }
    }
    for (const id of layers) {
      const layer = network.layers[id];
      const inputs = inputsOf(layer).map((input) => this.#tensors.get(input)!);
      if (layer.op === 'concat') {
        // Its inputs were written in place; it lives on as any tensor does.
        for (const { block } of inputs) this.#blocks[block].last = this.#steps.length;
        continue;
      }
      const size = layer.op === 'input' ? { height, width } : outputSize(layer, inputs[0]);
      const concat = concatOf.get(id);
      const owner = concat?.id ?? id;
      let tensor = this.#tensors.get(owner);
      if (!tensor) {
        const channels = network.layers[owner].channels;
        const block = this.#block(size.height * size.width * channels * F32 + SLACK);
        tensor = { block, offset: 0, ...size, channels, stride: channels };
        this.#tensors.set(owner, tensor);
      }
      if (concat) {
        tensor = { ...tensor, offset: concat.channel * F32, channels: layer.channels };
        this.#tensors.set(id, tensor);
      }
      if (layer.op === 'convolution') this.#convolution(layer, tensor, inputs[0], inputs[1]);
      else if (layer.op === 'squeezeExcite') this.#squeezeExcite(layer, tensor, inputs[0]);
      else if (layer.op !== 'input') this.#pool(layer, tensor, inputs[0]);
      for (const { block } of [...inputs, tensor]) this.#blocks[block].last = this.#steps.length - 1;
    }
  }

  finish(engine: Engine): Schedule {
    for (const name of this.#outputs) this.#blocks[this.#output(name).block].last = this.#steps.length;
    const plan = planArena(this.#blocks);
    engine.ensure(plan.bytes);
    const resolve = (argument: Argument) => (typeof argument === 'number' ? argument : engine.arenaBase + plan.offsets[argument.block] + argument.offset);
    const view = ({ height, width, channels, stride, ...address }: Draft): TensorView => ({ address: resolve(address), height, width, channels, stride });
    const input = this.#network.layers.findIndex((layer) => layer.op === 'input');
    return {
      steps: this.#steps.map((step) => ({ ...step, args: step.args.map(resolve) })),
      input: view(this.#tensors.get(input)!),
      outputs: Object.fromEntries(this.#outputs.map((name) => [name, view(this.#output(name))])),
      arenaBytes: plan.bytes,
    };
  }

  #output(name: string): Draft {
    return this.#tensors.get(this.#network.outputs[name])!;
  }

  /** A block that is alive during the steps added next; its life is extended when it is read. */
  #block(bytes: number): number {
    const now = this.#steps.length;
    return this.#blocks.push({ bytes, first: now, last: now }) - 1;
  }

  /** Scratch for the steps added next, `steps` of them. */
  #scratch(bytes: number, steps = 1): Address {
    const block = this.#block(bytes);
    this.#blocks[block].last += steps - 1;
    return { block, offset: 0 };
  }

  #add(layer: string, kernel: KernelName, flops: number, args: Argument[]): void {
    this.#steps.push({ layer, kernel, args, flops });
  }

  #convolution(layer: Convolution, out: Draft, input: Draft, residual: Draft | undefined): void {
    const { algorithm, weights, bias } = this.#weights.convolutions.get(layer)!;
    const { zeros } = this.#weights;
    const { kernel, stride, padding, channels, inputChannels } = layer;
    const { height, width } = input;
    const activation = ACTIVATION_CODES[layer.activation];
    const taps = kernel * kernel;
    const pixels = out.height * out.width;
    const flops = 2 * pixels * channels * taps * (layer.depthwise ? 1 : inputChannels);
    const target = [at(out), out.stride];
    const added = residual ? [at(residual), residual.stride] : [0, 0];

    switch (algorithm) {
      case 'gemm': {
        const pointers = this.#scratch((GEMM_BLOCK + 3) * taps * 4);
        const shape = [height, width, inputChannels, kernel, stride, padding, out.width, channels, activation];
        this.#add(layer.name, 'convolution', flops, [...target, at(input), input.stride, ...added, weights, bias, zeros, pointers, ...shape, GEMM_BLOCK, 0, pixels]);
        break;
      }
      case 'im2col': {
        const depth = taps * inputChannels;
        const rows = Math.max(1, Math.min(out.height, Math.floor(IM2COL_BYTES / (out.width * depth * F32))));
        const bands = Math.ceil(out.height / rows);
        const columns = this.#scratch(rows * out.width * depth * F32 + SLACK, 2 * bands);
        const pointers = this.#scratch((GEMM_BLOCK + 3) * 4, 2 * bands);
        for (let row = 0; row < out.height; row += rows) {
          const begin = row * out.width;
          const count = Math.min(rows, out.height - row) * out.width;
          this.#add(layer.name, 'im2col', 0, [columns, at(input), height, width, inputChannels, kernel, stride, padding, out.width, begin, begin + count]);
          const band = [at(out, begin), out.stride, columns, depth, ...(residual ? [at(residual, begin), residual.stride] : [0, 0])];
          const shape = [1, count, depth, 1, 1, 0, count, channels, activation];
          this.#add(layer.name, 'convolution', (flops * count) / pixels, [...band, weights, bias, zeros, pointers, ...shape, GEMM_BLOCK, 0, count]);
        }
        break;
      }
      case 'winograd': {
        const tiles = Math.ceil(height / 4) * Math.ceil(width / 4);
        const tileBytes = WINOGRAD_PLANES * (inputChannels + channels) * F32;
        const block = Math.min(tiles, Math.max(16, Math.floor(WINOGRAD_BYTES / tileBytes) & ~3));
        const scratch = this.#scratch(WINOGRAD_WORKSPACE + block * tileBytes + 2 * WINOGRAD_PLANES * WINOGRAD_PLANE_GAP + (block + 3) * 4);
        const shape = [height, width, inputChannels, channels, activation];
        this.#add(layer.name, 'winograd', flops, [...target, at(input), input.stride, ...added, weights, bias, zeros, scratch, ...shape, block, 0, tiles]);
        break;
      }
      case 'depthwise':
        this.#add(layer.name, 'depthwise', flops, [at(out), at(input), weights, bias, height, width, channels, kernel, stride, padding, out.width, activation, 0, out.height]);
        break;
    }
  }

  #squeezeExcite(layer: SqueezeExcite, out: Draft, input: Draft): void {
    const { squeeze, squeezeBias, excite, exciteBias } = this.#weights.squeezeExcites.get(layer)!;
    const { channels, hidden } = layer;
    const scratch = this.#scratch((2 * channels + hidden) * F32);
    const pixels = input.height * input.width;
    const flops = 4 * channels * hidden + 2 * pixels * channels;
    const shape = [pixels, channels, hidden, ACTIVATION_CODES[layer.activation]];
    this.#add(layer.squeeze, 'squeezeExcite', flops, [at(out), at(input), squeeze, squeezeBias, excite, exciteBias, scratch, ...shape]);
  }

  #pool(layer: Pool, out: Draft, input: Draft): void {
    const { kernel, stride, padding, channels } = layer;
    const flops = out.height * out.width * channels * kernel * kernel;
    this.#add(layer.op, layer.op, flops, [at(out), at(input), input.height, input.width, channels, kernel, stride, padding, out.width, 0, out.height]);
  }
}

/** The address of a pixel of a tensor. */
function at({ block, offset, stride }: Draft, pixel = 0): Address {
  return { block, offset: offset + pixel * stride * F32 };
}

function outputSize(layer: { op: string; kernel?: number; stride?: number; padding?: number }, input: Draft): { height: number; width: number } {
  const { kernel = 1, stride = 1, padding = 0 } = layer;
  const size = (length: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  return { height: size(input.height), width: size(input.width) };
}
