import type { Activation, Layer, LayerId, Network } from '../../src/network/graph.ts';
import { describe, sizeOf, type LayerOf, type Operation } from '../../src/network/operations.ts';
import { activate, convolution, depthwise } from './convolution.ts';
import { averagePool, crelu, maxPool, squeezeExcite } from './layers.ts';

/** A layer's output for all samples, NHWC. */
export interface Value {
  height: number;
  width: number;
  channels: number;
  data: Float64Array;
}

/** Parameters under their official names. */
export type Values = ReadonlyMap<string, ArrayLike<number>>;

type Twin<L extends Layer> = (layer: L, inputs: Value[], values: Values, samples: number) => Float64Array;

const EPSILON = 1e-5;

const TWINS: { [Op in Operation]: Twin<LayerOf<Op>> } = {
  input: () => new Float64Array(),
  convolution(layer, [input, residual], values, samples) {
    const { name, norm, channels, depthwise: isDepthwise, activation } = layer;
    const shape = { ...input, ...layer, channels: input.channels, outChannels: channels, activation: 'none' as const };
    const weights = values.get(`${name}.weight`)!;
    const bias = values.get(`${name}.bias`) ?? new Float64Array(channels);
    const plain = bySample(input, samples, (data) =>
      isDepthwise ? depthwise(data, weights, bias, shape) : convolution(data, weights, bias, undefined, shape),
    );
    return (norm ? batchNorm(plain, values.get(`${norm}.weight`)!, values.get(`${norm}.bias`)!) : plain).map((value, i) =>
      activate(value + (residual?.data[i] ?? 0), activation),
    );
  },
  maxPool: (layer, [input], _, samples) => bySample(input, samples, (data) => maxPool(data, { ...input, ...layer })),
  averagePool: (layer, [input], _, samples) => bySample(input, samples, (data) => averagePool(data, { ...input, ...layer })),
  squeezeExcite({ squeeze, excite, channels, activation }, [input], values, samples) {
    const of = (name: string) => values.get(name)!;
    const shape: { pixels: number; channels: number; activation: Activation } = {
      pixels: input.height * input.width,
      channels,
      activation,
    };
    return bySample(input, samples, (data) =>
      squeezeExcite(data, of(`${squeeze}.weight`), of(`${squeeze}.bias`), of(`${excite}.weight`), of(`${excite}.bias`), shape),
    );
  },
  concat: ({ channels }, inputs) => {
    const pixels = inputs[0].data.length / inputs[0].channels;
    const rows = Array.from({ length: pixels }, (_, p) =>
      inputs.flatMap((input) => [...input.data.subarray(p * input.channels, (p + 1) * input.channels)]),
    );
    return Float64Array.from({ length: pixels * channels }, (_, i) => rows[Math.floor(i / channels)][i % channels]);
  },
  crelu: (_, [input]) => crelu(input.data, input.data.length / input.channels, input.channels),
};

/** All layers' outputs in training mode: batch norms take their statistics over all samples. */
export function forward(network: Network, values: Values, image: Value, samples: number): Map<LayerId, Value> {
  const outputs = new Map<LayerId, Value>();
  network.layers.forEach((layer, id) => {
    if (layer.op === 'input') return outputs.set(id, image);
    const inputs = describe(layer)
      .inputs(layer)
      .map((input) => outputs.get(input)!);
    const twin = TWINS[layer.op] as Twin<Layer>;
    outputs.set(id, { ...sizeOf(layer, inputs[0]), channels: layer.channels, data: twin(layer, inputs, values, samples) });
  });
  return outputs;
}

function bySample(
  { data, height, width, channels }: Value,
  samples: number,
  compute: (sample: Float64Array) => Float64Array,
): Float64Array {
  const length = height * width * channels;
  const parts = Array.from({ length: samples }, (_, s) => compute(data.subarray(s * length, (s + 1) * length)));
  const whole = new Float64Array(samples * parts[0].length);
  parts.forEach((part, s) => whole.set(part, s * part.length));
  return whole;
}

/** Batch norm in training mode, z [pixels, channels]. */
export function batchNorm(z: ArrayLike<number>, gamma: ArrayLike<number>, beta: ArrayLike<number>): Float64Array {
  const channels = gamma.length;
  const pixels = z.length / channels;
  const out = new Float64Array(z.length);
  for (let c = 0; c < channels; c++) {
    const values = Array.from({ length: pixels }, (_, p) => z[p * channels + c]);
    const mean = values.reduce((sum, value) => sum + value, 0) / pixels;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels;
    values.forEach((value, p) => (out[p * channels + c] = (gamma[c] * (value - mean)) / Math.sqrt(variance + EPSILON) + beta[c]));
  }
  return out;
}
