/**
 * Parameters in linear memory, in the order that the kernels of training like best:
 *
 *   weights   | tensors with weight decay (convolutions, linear layers) | those without (biases, batch norm) |
 *   buffers   | running mean, running variance | of each batch norm
 *
 * Convolutions are OHWI instead of PyTorch's OIHW, depthwise ones HWC. Gradients, moments and averages are vectors of the
 * same layout, so that the optimiser walks over them without knowing layers.
 */
import type { Network } from '../network/graph.ts';
import { parametersOf } from '../network/operations.ts';
import type { Tensor } from '../weights/tensor.ts';

/** Where a parameter lies in its vector, in floats. */
export interface Slot {
  name: string;
  /** As PyTorch has it. */
  shape: number[];
  depthwise: boolean;
  offset: number;
  length: number;
}

/** Slots begin at multiples of this many floats: a cache line, and whole panels of biases. */
export const GRAIN = 16;

export class Layout {
  readonly weights = new Map<string, Slot>();
  readonly buffers = new Map<string, Slot>();
  readonly weightLength: number;
  /** Weights before this one have weight decay. */
  readonly decayLength: number;
  readonly bufferLength: number;

  constructor(network: Network) {
    const depthwise = new Set(
      network.layers.flatMap((layer) => (layer.op === 'convolution' && layer.depthwise ? [`${layer.name}.weight`] : [])),
    );
    const parameters = parametersOf(network);
    const isBuffer = (name: string) => /\.running_(mean|var)$/.test(name);
    const place = (slots: Map<string, Slot>, chosen: typeof parameters, grain: number): number => {
      let offset = 0;
      for (const { name, shape } of chosen) {
        const length = shape.reduce((product, size) => product * size, 1);
        slots.set(name, { name, shape, depthwise: depthwise.has(name), offset, length });
        offset += Math.ceil(length / grain) * grain;
      }
      return offset;
    };
    const weights = parameters.filter(({ name }) => !isBuffer(name));
    const vectors = weights.filter(({ shape }) => shape.length === 1);
    this.weightLength = place(this.weights, [...weights.filter(({ shape }) => shape.length > 1), ...vectors], GRAIN);
    this.decayLength = vectors.length > 0 ? this.weights.get(vectors[0].name)!.offset : this.weightLength;
    // Mean and variance of a batch norm lie side by side, as its kernel writes them.
    this.bufferLength = place(
      this.buffers,
      parameters.filter(({ name }) => isBuffer(name)),
      1,
    );
  }

  /** Copies a tensor in PyTorch's order into its place in the two vectors. */
  write(weights: Float32Array, buffers: Float32Array, name: string, data: Float32Array): void {
    const slot = this.weights.get(name) ?? this.buffers.get(name)!;
    const target = (this.weights.has(name) ? weights : buffers).subarray(slot.offset, slot.offset + slot.length);
    const order = orderOf(slot);
    if (!order) target.set(data);
    else for (let i = 0; i < data.length; i++) target[order(i)] = data[i];
  }

  /** All tensors in PyTorch's order and under their official names. */
  read(weights: Float32Array, buffers: Float32Array): Map<string, Tensor> {
    const tensors = new Map<string, Tensor>();
    for (const [slots, vector] of [
      [this.weights, weights],
      [this.buffers, buffers],
    ] as const) {
      for (const slot of slots.values()) {
        const source = vector.subarray(slot.offset, slot.offset + slot.length);
        const order = orderOf(slot);
        // A plain copy: tensors never share the threads' memory.
        const data = new Float32Array(slot.length);
        if (!order) data.set(source);
        else for (let i = 0; i < data.length; i++) data[i] = source[order(i)];
        tensors.set(slot.name, { shape: slot.shape, data });
      }
    }
    return tensors;
  }
}

/** From an index in PyTorch's order to one in ours; undefined where they are the same. */
function orderOf({ shape, depthwise }: Slot): ((index: number) => number) | undefined {
  if (shape.length !== 4) return undefined;
  const [outputs, inputs, height, width] = shape;
  const taps = height * width;
  if (depthwise) return (i) => (i % taps) * outputs + Math.floor(i / taps);
  if (taps === 1) return undefined;
  return (i) => {
    const tap = i % taps;
    const channel = Math.floor(i / taps) % inputs;
    return (Math.floor(i / taps / inputs) * taps + tap) * inputs + channel;
  };
}
