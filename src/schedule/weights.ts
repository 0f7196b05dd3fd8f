/** A network's weights in linear memory, in the order that the kernels of the chosen algorithms read. */
import { type Convolution, type Network, type SqueezeExcite } from '../network/graph.ts';
import { align, type Engine } from '../wasm/engine.ts';
import { foldBatchNorm } from '../weights/fold.ts';
import type { Tensor } from '../weights/tensor.ts';
import { chooseAlgorithm, type Algorithm } from './algorithm.ts';

/** Addresses of a convolution's packed weights and of its bias, which has room for whole panels of 8 channels. */
export interface PackedConvolution {
  algorithm: Algorithm;
  weights: number;
  bias: number;
}

/** Addresses of the two linear layers, in PyTorch's order. */
export interface PackedSqueezeExcite {
  squeeze: number;
  squeezeBias: number;
  excite: number;
  exciteBias: number;
}

export interface PackedWeights {
  convolutions: Map<Convolution, PackedConvolution>;
  squeezeExcites: Map<SqueezeExcite, PackedSqueezeExcite>;
  /** Zeros that stand for pixels outside a picture: more than any layer has channels. */
  zeros: number;
}

export type ChooseAlgorithm = (layer: Convolution) => Algorithm;

/** Output channels in a panel of the GEMM kernel. */
const PANEL = 8;

const F32 = 4;
const WINOGRAD_PLANES = 36;

/** Bytes that `packWinograd` needs. */
const WINOGRAD_WORKSPACE = 6 * 3 * 16;

/**
 * Folds batch norm and packs the weights of the given layers.
 *
 * @param tensors every parameter of the layers, checked against `parametersOf`
 */
export function packWeights(engine: Engine, network: Network, layers: Set<number>, tensors: Map<string, Tensor>, choose: ChooseAlgorithm = chooseAlgorithm): PackedWeights {
  const packed: PackedWeights = { convolutions: new Map(), squeezeExcites: new Map(), zeros: 0 };
  let widest = 0;
  const data = (name: string) => tensors.get(name)!.data;
  for (const id of layers) {
    const layer = network.layers[id];
    widest = Math.max(widest, layer.channels);
    if (layer.op === 'convolution') {
      packed.convolutions.set(layer, packConvolution(engine, layer, tensors, choose(layer)));
    } else if (layer.op === 'squeezeExcite') {
      packed.squeezeExcites.set(layer, {
        squeeze: storeFloats(engine, data(`${layer.squeeze}.weight`)),
        squeezeBias: storeFloats(engine, data(`${layer.squeeze}.bias`)),
        excite: storeFloats(engine, data(`${layer.excite}.weight`)),
        exciteBias: storeFloats(engine, data(`${layer.excite}.bias`)),
      });
    }
  }
  packed.zeros = storeFloats(engine, new Float32Array(widest + PANEL));
  return packed;
}

function packConvolution(engine: Engine, layer: Convolution, tensors: Map<string, Tensor>, algorithm: Algorithm): PackedConvolution {
  const { weight, bias } = foldBatchNorm(layer, tensors);
  const { kernel, channels, inputChannels } = layer;
  const taps = kernel * kernel;
  const panels = Math.ceil(channels / PANEL);
  const biasAddress = storeFloats(engine, bias, panels * PANEL);

  const floats = algorithm === 'depthwise' ? channels * taps : panels * PANEL * inputChannels * (algorithm === 'winograd' ? WINOGRAD_PLANES : taps);
  const address = engine.allocate(floats * F32);
  // The weights as they come are needed for this moment only: the arena, not used yet, holds them.
  const source = engine.arenaBase;
  const workspace = source + align(weight.byteLength);
  engine.ensure(align(weight.byteLength) + WINOGRAD_WORKSPACE);
  engine.floats(source, weight.length).set(weight);
  const { kernels } = engine;
  if (algorithm === 'depthwise') kernels.transpose(address, source, channels, taps);
  else if (algorithm === 'winograd') kernels.packWinograd(address, source, workspace, channels, inputChannels);
  else kernels.packGemm(address, source, channels, inputChannels, taps);
  return { algorithm, weights: address, bias: biasAddress };
}

/** Copies floats into a permanent block of `capacity` of them, the rest 0; returns its address. */
export function storeFloats(engine: Engine, values: Float32Array, capacity: number = values.length): number {
  const address = engine.allocate(capacity * F32);
  const target = engine.floats(address, capacity);
  target.set(values);
  target.fill(0, values.length);
  return address;
}
