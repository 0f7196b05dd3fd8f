/**
 * What each operation is, whoever computes it. Whoever does has a table of his own with an entry for every operation:
 * schedule/operations.ts, step/operations.ts, export/onnx.ts.
 */
import { NORM_PARTS, type Layer, type LayerId, type Network } from './graph.ts';

export type Operation = Layer['op'];
export type LayerOf<Op extends Operation> = Extract<Layer, { op: Op }>;

/** Rows and columns of a tensor. */
export interface Size {
  height: number;
  width: number;
}

/** A learned tensor under its official PyTorch name; convolutions are OIHW, linear layers are out x in. */
export interface Parameter {
  name: string;
  shape: number[];
}

/** What slides over a tensor. */
export interface Window {
  kernel: number;
  stride: number;
  padding: number;
}

interface Description<L extends Layer> {
  /** What reports call the layer. */
  name(layer: L): string;
  /** The layers that it reads. */
  inputs(layer: L): LayerId[];
  /** In the order of the official state dict. */
  parameters?(layer: L): Parameter[];
  /** Of its output; by default as its (first) input's. */
  size?(layer: L, input: Size): Size;
  /** Multiplications and additions for an output of this size. */
  flops(layer: L, output: Size): number;
}

const pool: Description<LayerOf<'maxPool' | 'averagePool'>> = {
  name: ({ op }) => op,
  inputs: ({ input }) => [input],
  size: windowed,
  flops: ({ channels, kernel }, { height, width }) => height * width * channels * kernel ** 2,
};

const OPERATIONS: { [Op in Operation]: Description<LayerOf<Op>> } = {
  input: { name: () => 'input', inputs: () => [], flops: () => 0 },

  convolution: {
    name: ({ name }) => name,
    inputs: ({ input, residual }) => (residual === undefined ? [input] : [input, residual]),
    parameters: ({ name, norm, bias, kernel, channels, inputChannels, depthwise }) => [
      { name: `${name}.weight`, shape: [channels, depthwise ? 1 : inputChannels, kernel, kernel] },
      ...(bias ? [{ name: `${name}.bias`, shape: [channels] }] : []),
      ...(norm ? NORM_PARTS.map((part) => ({ name: `${norm}.${part}`, shape: [channels] })) : []),
    ],
    size: windowed,
    flops: ({ channels, kernel, depthwise, inputChannels }, { height, width }) =>
      2 * height * width * channels * kernel ** 2 * (depthwise ? 1 : inputChannels),
  },

  maxPool: pool,
  averagePool: pool,

  squeezeExcite: {
    name: ({ squeeze }) => squeeze,
    inputs: ({ input }) => [input],
    parameters: ({ squeeze, excite, hidden, channels }) => [
      { name: `${squeeze}.weight`, shape: [hidden, channels] },
      { name: `${squeeze}.bias`, shape: [hidden] },
      { name: `${excite}.weight`, shape: [channels, hidden] },
      { name: `${excite}.bias`, shape: [channels] },
    ],
    flops: ({ channels, hidden }, { height, width }) => 4 * channels * hidden + 2 * height * width * channels,
  },

  concat: { name: ({ op }) => op, inputs: ({ inputs }) => inputs, flops: () => 0 },

  crelu: { name: ({ op }) => op, inputs: ({ input }) => [input], flops: ({ channels }, { height, width }) => height * width * channels },
};

/** What a layer is. */
export const describe = (layer: Layer): Description<Layer> => OPERATIONS[layer.op];

/** The layers that a layer reads. */
export const inputsOf = (layer: Layer): LayerId[] => describe(layer).inputs(layer);

/** Rows and columns of a layer's output. */
export const sizeOf = (layer: Layer, input: Size): Size =>
  describe(layer).size?.(layer, input) ?? { height: input.height, width: input.width };

/** Every parameter of a network in the order of the official state dict. */
export function parametersOf({ layers }: Network): Parameter[] {
  return layers.flatMap((layer) => describe(layer).parameters?.(layer) ?? []);
}

/** The layers that the named outputs depend on, in order of execution. */
export function layersFor(network: Network, outputs: readonly string[]): Set<LayerId> {
  const needed = new Set(outputs.map((name) => network.outputs[name]));
  for (let id = network.layers.length - 1; id >= 0; id--) {
    if (needed.has(id)) for (const input of inputsOf(network.layers[id])) needed.add(input);
  }
  return new Set([...needed].sort((a, b) => a - b));
}

/** Which of these layers read each output; one that reads it twice is there twice. */
export function findReaders({ layers: all }: Network, layers: ReadonlySet<LayerId>): Map<LayerId, LayerId[]> {
  const readers = new Map<LayerId, LayerId[]>();
  for (const id of layers) for (const input of inputsOf(all[id])) readers.set(input, [...(readers.get(input) ?? []), id]);
  return readers;
}

/** Rows and columns of places where a window fits. */
export function windowed({ kernel, stride, padding }: Window, { height, width }: Size): Size {
  const places = (length: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  return { height: places(height), width: places(width) };
}
