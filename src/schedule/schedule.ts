/**
 * From a network and an input size to a list of kernel calls: which algorithm computes each layer, and where in the
 * arena each tensor and scratch buffer lies. Running it is calling the kernels in order.
 */
import type { Shape } from '../engine/arguments.ts';
import type { Engine } from '../engine/engine.ts';
import type { Convolution, Layer, LayerId, Network } from '../network/graph.ts';
import { describe, findReaders, inputsOf, layersFor, sizeOf, type Size } from '../network/operations.ts';
import type { Step } from '../wasm/kernels.ts';
import { F32 } from '../wasm/kernels/border.ts';
import { draftFused, isFused, type DraftTensor, type Workshop } from './convolutions.ts';
import { scheduled } from './operations.ts';
import type { PackedWeights } from './weights.ts';

/** A tensor in NHWC order, N = 1; `stride` floats from pixel to pixel (more than `channels` inside a concatenation). */
export interface TensorView extends Shape {
  address: number;
  stride: number;
}

export interface Schedule {
  steps: Step[];
  /** What each step reads, the residual left out. */
  stepInputs: TensorView[];
  input: TensorView;
  outputs: Record<string, TensorView>;
  /** Peak size of activations and scratch. */
  arenaBytes: number;
}

/**
 * Plans the named outputs of a network for an input of `height` x `width` pixels, with the work of each layer divided
 * among the engine's threads. Addresses are valid while the engine's arena base stays.
 */
export function schedule(
  engine: Engine,
  network: Network,
  weights: PackedWeights,
  outputs: string[],
  height: number,
  width: number,
): Schedule {
  const draft = engine.draft();
  const workshop: Workshop = { draft, threads: engine.threads, zeros: weights.zeros, quantizedBytes: engine.functions.quantizedBytes };
  const stepInputs: DraftTensor[] = [];
  const tensors = new Map<LayerId, DraftTensor>();
  const layers = layersFor(network, outputs);
  const concatenations = findConcatenations(network, layers, outputs);
  const depthwiseReaders = findDepthwiseReaders(network, layers, outputs);
  /** Convolutions that are computed with their reader. */
  const fused = new Map<LayerId, { first: Convolution; between: Shape; input: DraftTensor }>();

  for (const id of layers) {
    const layer = network.layers[id];
    // A concatenation is there once its inputs have been written into it.
    if (layer.op === 'concat' && layer.inputs.every((input) => concatenations.get(input)?.owner === id)) continue;
    const { channels } = layer;
    const fusion = fused.get(id);
    const inputs = fusion ? [fusion.input] : inputsOf(layer).map((input) => tensors.get(input)!);
    const size = layer.op === 'input' ? { height, width } : sizeOf(layer, fusion?.between ?? inputs[0]);
    const reader = depthwiseReaders.get(id);
    if (layer.op === 'convolution' && reader && isFused(layer, weights.convolutions.get(layer)!.algorithm, reader.layer, size)) {
      fused.set(reader.id, { first: layer, between: { ...size, channels }, input: inputs[0] });
      continue;
    }

    if (layer.op !== 'input') {
      const parts: [Layer, Size][] = fusion
        ? [
            [fusion.first, fusion.between],
            [layer, size],
          ]
        : [[layer, size]];
      const algorithms = parts.map(([part]) => scheduled(part).algorithm?.(part, weights) ?? part.op);
      const [[first]] = parts;
      draft.begin(
        describe(first).name(first),
        algorithms.join(' + '),
        parts.reduce((sum, [part, out]) => sum + describe(part).flops(part, out), 0),
      );
      stepInputs.push(inputs[0]);
    }
    const part = concatenations.get(id);
    const owner = part?.owner ?? id;
    let out = tensors.get(owner);
    if (!out) {
      const { channels } = network.layers[owner];
      out = { ...draft.floats(size.height * size.width * channels), ...size, channels, stride: channels };
      tensors.set(owner, out);
    }
    if (part) {
      out = { ...out, offset: part.channel * F32, channels };
      tensors.set(id, out);
    }
    if (fusion && layer.op === 'convolution') {
      const [firstPacked, packed] = [fusion.first, layer].map((each) => weights.convolutions.get(each)!);
      draftFused(workshop, [fusion.first, firstPacked], [layer, packed], out, fusion.input, fusion.between);
    } else scheduled(layer).draft(workshop, weights, layer, out, inputs);
  }
  const outputOf = (name: string) => tensors.get(network.outputs[name])!;
  for (const name of outputs) draft.keep(outputOf(name));

  const { bytes: arenaBytes, at } = draft.finish();
  engine.ensure(arenaBytes);
  const { steps, address } = at(engine.arenaBase);
  const view = ({ block, offset, ...shape }: DraftTensor): TensorView => ({ address: address({ block, offset }), ...shape });
  return {
    steps,
    stepInputs: stepInputs.map(view),
    input: view(tensors.get(network.layers.findIndex(({ op }) => op === 'input'))!),
    outputs: Object.fromEntries(outputs.map((name) => [name, view(outputOf(name))])),
    arenaBytes,
  };
}

/**
 * For inputs of a concatenation where they lie: they are written there in the first place, so that nothing is copied. Only
 * dense convolutions can leave gaps between pixels, and nobody else may read them there.
 */
function findConcatenations(network: Network, layers: Set<LayerId>, outputs: string[]): Map<LayerId, { owner: LayerId; channel: number }> {
  const parts = new Map<LayerId, { owner: LayerId; channel: number }>();
  const readers = findReaders(network, layers);
  for (const owner of layers) {
    const layer = network.layers[owner];
    if (layer.op !== 'concat') continue;
    let channel = 0;
    for (const input of layer.inputs) {
      const part = network.layers[input];
      const isAsked = outputs.some((name) => network.outputs[name] === input);
      if (part.op === 'convolution' && !part.depthwise && readers.get(input)!.length === 1 && !isAsked)
        parts.set(input, { owner, channel });
      channel += part.channels;
    }
  }
  return parts;
}

/** For each convolution that a depthwise one alone reads, that one. */
function findDepthwiseReaders(
  network: Network,
  layers: Set<LayerId>,
  outputs: string[],
): Map<LayerId, { id: LayerId; layer: Convolution }> {
  const kept = new Set(outputs.map((name) => network.outputs[name]));
  const pairs = new Map<LayerId, { id: LayerId; layer: Convolution }>();
  for (const [input, [id, another]] of findReaders(network, layers)) {
    const [first, layer] = [network.layers[input], network.layers[id]];
    const isPair = another === undefined && !kept.has(input) && first.op === 'convolution' && first.residual === undefined;
    if (isPair && layer.op === 'convolution' && layer.depthwise) pairs.set(input, { id, layer });
  }
  return pairs;
}
