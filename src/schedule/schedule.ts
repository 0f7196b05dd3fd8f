/**
 * From a network and an input size to a list of kernel calls: which algorithm computes each layer, and where in the
 * arena each tensor and scratch buffer lies. Running it is calling the kernels in order.
 */
import { inputsOf, type Convolution, type Layer, type LayerId, type Network } from '../network/graph.ts';
import type { Engine } from '../wasm/engine.ts';
import { F32, type Step } from '../wasm/kernels.ts';
import { planArena, type Block } from './arena.ts';
import { convolutionCalls, fusedCalls, isFused, poolCalls, SLACK, squeezeExciteCalls, type DraftCall, type DraftTensor, type Place, type Workshop } from './calls.ts';
import type { PackedWeights } from './weights.ts';

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
  /** What each step reads, the residual left out. */
  stepInputs: TensorView[];
  input: TensorView;
  outputs: Record<string, TensorView>;
  /** Peak size of activations and scratch. */
  arenaBytes: number;
}

/** The layers that the named outputs depend on, in order of execution. */
export function layersFor(network: Network, outputs: string[]): Set<LayerId> {
  const needed = new Set(outputs.map((name) => network.outputs[name]));
  for (let id = network.layers.length - 1; id >= 0; id--) {
    if (needed.has(id)) for (const input of inputsOf(network.layers[id])) needed.add(input);
  }
  return new Set([...needed].sort((a, b) => a - b));
}

/**
 * Plans the named outputs of a network for an input of `height` x `width` pixels, with the work of each layer divided
 * among the engine's threads. Addresses are valid while the engine's arena base stays.
 */
export function schedule(engine: Engine, network: Network, weights: PackedWeights, outputs: string[], height: number, width: number): Schedule {
  const blocks: Block[] = [];
  const steps: DraftStep[] = [];
  const stepInputs: DraftTensor[] = [];
  const tensors = new Map<LayerId, DraftTensor>();

  /** A block that is alive during the step added next; its life is extended when it is read. */
  const addBlock = (bytes: number): number => blocks.push({ bytes, first: steps.length, last: steps.length }) - 1;
  const workshop: Workshop = {
    threads: engine.threads,
    zeros: weights.zeros,
    quantizedBytes: engine.kernels.quantizedBytes,
    scratch: (bytes) => ({ block: addBlock(bytes), offset: 0 }),
  };

  const layers = layersFor(network, outputs);
  const concatenations = findConcatenations(network, layers);
  const depthwiseReaders = findDepthwiseReaders(network, layers, outputs);
  /** Convolutions that are computed with their reader. */
  const fused = new Map<LayerId, { first: Convolution; between: { height: number; width: number }; inputs: DraftTensor[] }>();
  for (const id of layers) {
    const layer = network.layers[id];
    // A concatenation is there once its inputs have been written.
    if (layer.op === 'concat') continue;
    const fusion = fused.get(id);
    const inputs = fusion?.inputs ?? inputsOf(layer).map((input) => tensors.get(input)!);
    const size = layer.op === 'input' ? { height, width } : outputSize(layer, fusion?.between ?? inputs[0]);
    const reader = depthwiseReaders.get(id);
    if (layer.op === 'convolution' && reader && isFused(layer, weights.convolutions.get(layer)!.algorithm, reader.layer, size)) {
      fused.set(reader.id, { first: layer, between: size, inputs });
      continue;
    }
    const part = concatenations.get(id);
    const owner = part?.owner ?? id;
    let out = tensors.get(owner);
    if (!out) {
      const { channels } = network.layers[owner];
      out = { block: addBlock(size.height * size.width * channels * F32 + SLACK), offset: 0, ...size, channels, stride: channels };
      tensors.set(owner, out);
    }
    if (part) {
      out = { ...out, offset: part.channel * F32, channels: layer.channels };
      tensors.set(id, out);
    }
    if (layer.op !== 'input') {
      steps.push(fusion && layer.op === 'convolution' ? fusedStep(workshop, weights, fusion.first, layer, out, fusion) : stepFor(workshop, weights, layer, out, inputs));
      stepInputs.push(inputs[0]);
    }
    for (const { block } of [...inputs, out]) blocks[block].last = steps.length - 1;
  }
  const outputOf = (name: string) => tensors.get(network.outputs[name])!;
  for (const name of outputs) blocks[outputOf(name).block].last = steps.length;

  const plan = planArena(blocks);
  engine.ensure(plan.bytes);
  const resolve = (value: number | Place) => (typeof value === 'number' ? value : engine.arenaBase + plan.offsets[value.block] + value.offset);
  const view = ({ block, offset, ...shape }: DraftTensor): TensorView => ({ address: resolve({ block, offset }), ...shape });
  return {
    steps: steps.map((step) => ({ ...step, calls: step.calls.map((calls) => calls.map(({ kernel, args }) => ({ kernel, args: args.map(resolve) }))) })),
    stepInputs: stepInputs.map(view),
    input: view(tensors.get(network.layers.findIndex(({ op }) => op === 'input'))!),
    outputs: Object.fromEntries(outputs.map((name) => [name, view(outputOf(name))])),
    arenaBytes: plan.bytes,
  };
}

/** For each input of a concatenation where it lies: it is written there in the first place, so that nothing is copied. */
function findConcatenations(network: Network, layers: Set<LayerId>): Map<LayerId, { owner: LayerId; channel: number }> {
  const parts = new Map<LayerId, { owner: LayerId; channel: number }>();
  for (const owner of layers) {
    const layer = network.layers[owner];
    if (layer.op !== 'concat') continue;
    let channel = 0;
    for (const input of layer.inputs) {
      const { op, channels } = network.layers[input];
      if (op !== 'convolution') throw new Error(`only convolutions can be concatenated, not ${op}`);
      parts.set(input, { owner, channel });
      channel += channels;
    }
  }
  return parts;
}

/** For each convolution that a depthwise one alone reads, that one. */
function findDepthwiseReaders(network: Network, layers: Set<LayerId>, outputs: string[]): Map<LayerId, { id: LayerId; layer: Convolution }> {
  const readers = new Map<LayerId, LayerId[]>();
  for (const id of layers) for (const input of inputsOf(network.layers[id])) readers.set(input, [...(readers.get(input) ?? []), id]);
  const kept = new Set(outputs.map((name) => network.outputs[name]));
  const pairs = new Map<LayerId, { id: LayerId; layer: Convolution }>();
  for (const [input, [id, another]] of readers) {
    const [first, layer] = [network.layers[input], network.layers[id]];
    const isPair = another === undefined && !kept.has(input) && first.op === 'convolution' && first.residual === undefined;
    if (isPair && layer.op === 'convolution' && layer.depthwise) pairs.set(input, { id, layer });
  }
  return pairs;
}

type DraftStep = Omit<Step, 'calls'> & { calls: DraftCall[][] };

function fusedStep(
  workshop: Workshop, weights: PackedWeights, first: Convolution, second: Convolution, out: DraftTensor,
  { between, inputs: [input] }: { between: { height: number; width: number }; inputs: DraftTensor[] },
): DraftStep {
  const [firstPacked, secondPacked] = [first, second].map((layer) => weights.convolutions.get(layer)!);
  return {
    layer: first.name,
    algorithm: `${firstPacked.algorithm} + ${secondPacked.algorithm}`,
    flops: flopsOf(first, between) + flopsOf(second, out),
    calls: fusedCalls(workshop, [first, firstPacked], [second, secondPacked], { out, input, residual: undefined }, between),
  };
}

function flopsOf({ channels, kernel, depthwise, inputChannels }: Convolution, { height, width }: { height: number; width: number }): number {
  return 2 * height * width * channels * kernel ** 2 * (depthwise ? 1 : inputChannels);
}

function stepFor(workshop: Workshop, weights: PackedWeights, layer: Exclude<Layer, { op: 'input' | 'concat' }>, out: DraftTensor, [input, residual]: DraftTensor[]): DraftStep {
  const pixels = out.height * out.width;
  switch (layer.op) {
    case 'convolution': {
      const packed = weights.convolutions.get(layer)!;
      return { layer: layer.name, algorithm: packed.algorithm, flops: flopsOf(layer, out), calls: convolutionCalls(workshop, layer, packed, { out, input, residual }) };
    }
    case 'squeezeExcite': {
      const flops = 4 * layer.channels * layer.hidden + 2 * pixels * layer.channels;
      const calls = squeezeExciteCalls(workshop, layer, weights.squeezeExcites.get(layer)!, out, input);
      return { layer: layer.squeeze, algorithm: layer.op, flops, calls };
    }
    default:
      return { layer: layer.op, algorithm: layer.op, flops: pixels * layer.channels * layer.kernel ** 2, calls: poolCalls(workshop, layer, out, input) };
  }
}

function outputSize(layer: Layer, { height, width }: { height: number; width: number }) {
  if (!('kernel' in layer)) return { height, width };
  const { kernel, stride, padding } = layer;
  const size = (length: number) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  return { height: size(height), width: size(width) };
}
