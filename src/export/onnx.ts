/** Our models as ONNX files (float32, NCHW, a batch of one), for other engines and for comparing with them. */
import { CROP_RULES } from '../base/crop-rules.ts';
import type { Activation, Layer, LayerId, Network } from '../network/graph.ts';
import { describe, inputsOf, type LayerOf, type Operation } from '../network/operations.ts';
import { pipnet } from '../network/pipnet.ts';
import { foldBatchNorm } from '../weights/fold.ts';
import { DETECTORS, type Model } from '../weights/model.ts';
import type { Tensor } from '../weights/tensor.ts';
import { Graph, type Attribute, type Dimension } from './onnx-format.ts';

/** An ONNX operator that reads `before`, what the one before it gives, and `others`. */
interface Operator {
  type: string;
  before?: string[];
  others?: string[];
  attributes?: Record<string, Attribute>;
}

/**
 * A model as an ONNX file: the input `input`, normalised as its metadata say (`mean`, `std`), and the network's maps as
 * outputs under our names. Batch norm is folded into the convolutions. The detector takes pictures of any size.
 */
export function exportOnnx(model: Model): Uint8Array {
  if (model.kind !== 'pipnet')
    return exportNetwork(DETECTORS[model.kind].network(), model.tensors, ['height', 'width'], undefined, metadataOf(model));
  const { architecture, inputSize } = model;
  return exportNetwork(pipnet(architecture), model.tensors, [inputSize, inputSize], inputSize / architecture.stride, metadataOf(model));
}

/** @param mapSize width and height of the outputs, where they are known */
export function exportNetwork(
  network: Network,
  tensors: Map<string, Tensor>,
  size: Dimension[],
  mapSize: number | undefined,
  metadata: Record<string, string>,
): Uint8Array {
  const graph = new Graph('pipnet-wasm');
  const outputs = Object.entries(network.outputs).filter(([name]) => name !== 'features');
  const nameOf = (id: LayerId) => outputs.find(([, output]) => output === id)?.[0] ?? nameFor(network.layers[id], id);

  if (network.layers.some((layer) => 'activation' in layer && layer.activation === 'relu6')) {
    graph.weight('zero', [], Float32Array.of(0));
    graph.weight('six', [], Float32Array.of(6));
  }
  network.layers.forEach((layer, id) => {
    if (layer.op === 'input') return graph.input({ name: nameOf(id), shape: [1, layer.channels, ...size] });
    const { operators, weights } = exported(layer);
    for (const [name, { shape, weight, bias }] of Object.entries(weights?.(layer, tensors) ?? {})) {
      graph.weight(`${name}.weight`, shape, weight);
      graph.weight(`${name}.bias`, [bias.length], bias);
    }
    const chain = operators(layer, nameOf);
    let value = nameOf(inputsOf(layer)[0]);
    chain.forEach(({ type, before = [], others = [], attributes }, i) => {
      const result = i === chain.length - 1 ? nameOf(id) : `${nameOf(id)}/${i}`;
      graph.node(type, [...before, value, ...others], result, attributes);
      value = result;
    });
  });
  for (const [name, id] of outputs) graph.output({ name, shape: [1, network.layers[id].channels, mapSize, mapSize] });
  return graph.finish('pipnet-wasm', metadata);
}

/** Layers without parameters have no name of their own; squeeze-and-excite's is its first part's. */
function nameFor(layer: Layer, id: LayerId): string {
  return layer.op === 'input' || layer.op === 'convolution' ? describe(layer).name(layer) : `${layer.op}${id}`;
}

interface Exported<L extends Layer> {
  /** The operators that compute it, each reading the one before it and the first the layer's (first) input. */
  operators(layer: L, nameOf: (id: LayerId) => string): Operator[];
  /** Its weights, by prefix. */
  weights?(layer: L, tensors: Map<string, Tensor>): Record<string, { shape: number[]; weight: Float32Array; bias: Float32Array }>;
}

const OPERATIONS: { [Op in Operation]: Exported<LayerOf<Op>> } = {
  input: { operators: () => [] },

  convolution: {
    operators(layer, nameOf) {
      const attributes = { ...window(layer), group: layer.depthwise ? layer.channels : 1 };
      const residual = layer.residual === undefined ? [] : [{ type: 'Add', others: [nameOf(layer.residual)] }];
      return [{ type: 'Conv', others: parametersOf(layer.name), attributes }, ...residual, ...ACTIVATIONS[layer.activation]];
    },
    weights: (layer, tensors) => ({
      [layer.name]: { shape: tensors.get(`${layer.name}.weight`)!.shape, ...foldBatchNorm(layer, tensors) },
    }),
  },

  maxPool: { operators: (layer) => [{ type: 'MaxPool', attributes: window(layer) }] },

  averagePool: { operators: (layer) => [{ type: 'AveragePool', attributes: { ...window(layer), count_include_pad: 1 } }] },

  /** Its linear layers become 1x1 convolutions on one pixel. */
  squeezeExcite: {
    operators: ({ input, squeeze, excite, activation }, nameOf) => [
      { type: 'GlobalAveragePool' },
      { type: 'Conv', others: parametersOf(squeeze) },
      ...ACTIVATIONS.relu,
      { type: 'Conv', others: parametersOf(excite) },
      ...ACTIVATIONS.hardSigmoid,
      { type: 'Mul', others: [nameOf(input)] },
      ...ACTIVATIONS[activation],
    ],
    weights: ({ squeeze, excite }, tensors) =>
      Object.fromEntries(
        [squeeze, excite].map((name) => {
          const { shape, data } = tensors.get(`${name}.weight`)!;
          return [name, { shape: [...shape, 1, 1], weight: data, bias: tensors.get(`${name}.bias`)!.data }];
        }),
      ),
  },

  concat: { operators: ({ inputs }, nameOf) => [{ type: 'Concat', others: inputs.slice(1).map(nameOf), attributes: { axis: 1 } }] },

  crelu: {
    operators: ({ input }, nameOf) => [
      { type: 'Neg' },
      { type: 'Concat', before: [nameOf(input)], attributes: { axis: 1 } },
      ...ACTIVATIONS.relu,
    ],
  },
};

const exported = (layer: Layer): Exported<Layer> => OPERATIONS[layer.op];

const ACTIVATIONS: Record<Activation, Operator[]> = {
  none: [],
  relu: [{ type: 'Relu' }],
  relu6: [{ type: 'Clip', others: ['zero', 'six'] }],
  hardSwish: [{ type: 'HardSwish' }],
  hardSigmoid: [{ type: 'HardSigmoid', attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } } }],
};

function window({ kernel, stride, padding }: { kernel: number; stride: number; padding: number }): Record<string, number[]> {
  return { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [padding, padding, padding, padding] };
}

function parametersOf(name: string): string[] {
  return [`${name}.weight`, `${name}.bias`];
}

/** What one must know to use the file, each entry as text or JSON: crop rules with their numbers, not only their names. */
function metadataOf({ tensors, ...facts }: Model): Record<string, string> {
  const told: Record<string, unknown> = { ...facts };
  if (facts.kind === 'pipnet') {
    told.meanFace = Array.from(facts.meanFace);
    told.detectorCrop = CROP_RULES[facts.detectorCrop];
    told.supervisedCrop = CROP_RULES[facts.supervisedCrop];
  }
  return Object.fromEntries(Object.entries(told).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
}
