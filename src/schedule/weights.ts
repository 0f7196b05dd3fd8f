/** A network's weights in linear memory, in the order that the kernels of the chosen algorithms read. */
import type { ActivationRanges } from '../network/graph.ts';
import { chooseAlgorithm, winogradWeightBytes, type Algorithm, type PackedConvolution } from '../engine/algorithm.ts';
import { align } from '../engine/arena.ts';
import type { Engine } from '../engine/engine.ts';
import type { Convolution, Layer, Network, SqueezeExcite } from '../network/graph.ts';
import { F32, PANEL_CHANNELS, WINOGRAD_PACK_WORKSPACE, WINOGRAD_PLANES } from '../wasm/kernels/border.ts';
import { foldBatchNorm } from '../weights/fold.ts';
import type { Tensor } from '../weights/tensor.ts';

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

export type ChooseAlgorithm = (layer: Convolution, ranges?: ActivationRanges) => Algorithm;

export interface PackOptions {
  choose?: ChooseAlgorithm | undefined;
  ranges?: ActivationRanges | undefined;
  /** Bytes that Winograd's transformed weights, four times as large as the weights, may take in all. */
  winogradBytes?: number | undefined;
}

/** Enough for every layer of ResNet-18; the largest layers of deeper networks gain least per byte. */
const DEFAULT_WINOGRAD_BYTES = 192 << 20;

/** Largest quantised activation (7 bits) and weight. */
const LARGEST = 127;

/**
 * Folds batch norm and packs the weights of the given layers.
 *
 * @param tensors every parameter of the layers, checked against `parametersOf`
 */
export function packWeights(
  engine: Engine,
  network: Network,
  layers: Set<number>,
  tensors: Map<string, Tensor>,
  options: PackOptions = {},
): PackedWeights {
  const { ranges = {} } = options;
  const algorithms = chooseAlgorithms(
    [...layers].map((id) => network.layers[id]),
    options,
  );
  const packed: PackedWeights = { convolutions: new Map(), squeezeExcites: new Map(), zeros: 0 };
  let widest = 0;
  const data = (name: string) => tensors.get(name)!.data;
  for (const id of layers) {
    const layer = network.layers[id];
    widest = Math.max(widest, layer.channels);
    if (layer.op === 'convolution') {
      // A tap of `convolutionRows` is a row of the kernel.
      widest = Math.max(widest, layer.kernel * Math.min(layer.inputChannels, PANEL_CHANNELS));
      const algorithm = algorithms.get(layer)!;
      const pack =
        algorithm === 'gemmI8'
          ? packConvolutionI8(engine, layer, tensors, ranges[layer.name])
          : packConvolution(engine, layer, tensors, algorithm);
      packed.convolutions.set(layer, pack);
    } else if (layer.op === 'squeezeExcite') {
      packed.squeezeExcites.set(layer, {
        squeeze: storeFloats(engine, data(`${layer.squeeze}.weight`)),
        squeezeBias: storeFloats(engine, data(`${layer.squeeze}.bias`)),
        excite: storeFloats(engine, data(`${layer.excite}.weight`)),
        exciteBias: storeFloats(engine, data(`${layer.excite}.bias`)),
      });
    }
  }
  packed.zeros = storeFloats(engine, new Float32Array(widest + PANEL_CHANNELS));
  return packed;
}

/** The algorithm of every convolution; Winograd goes to the smallest first, which save the most time per byte, until its limit is reached. */
function chooseAlgorithms(
  layers: Layer[],
  { choose = chooseAlgorithm, ranges, winogradBytes = DEFAULT_WINOGRAD_BYTES }: PackOptions,
): Map<Convolution, Algorithm> {
  const convolutions = layers.filter((layer) => layer.op === 'convolution');
  const algorithms = new Map(convolutions.map((layer) => [layer, choose(layer, ranges)]));
  let left = winogradBytes;
  for (const layer of convolutions
    .filter((layer) => algorithms.get(layer) === 'winograd')
    .sort((a, b) => winogradWeightBytes(a) - winogradWeightBytes(b))) {
    left -= winogradWeightBytes(layer);
    if (left < 0) algorithms.set(layer, 'gemm');
  }
  return algorithms;
}

function packConvolution(engine: Engine, layer: Convolution, tensors: Map<string, Tensor>, algorithm: Algorithm): PackedConvolution {
  const { weight, bias } = foldBatchNorm(layer, tensors);
  const { kernel, channels, inputChannels } = layer;
  const taps = kernel * kernel;
  const panels = Math.ceil(channels / PANEL_CHANNELS);
  const biasAddress = storeFloats(engine, bias, panels * PANEL_CHANNELS);

  const floats =
    algorithm === 'depthwise'
      ? channels * taps
      : panels * PANEL_CHANNELS * inputChannels * (algorithm === 'winograd' ? WINOGRAD_PLANES : taps);
  const address = engine.allocate(floats * F32);
  const [source, workspace] = scratch(engine, weight, WINOGRAD_PACK_WORKSPACE);
  if (algorithm === 'depthwise') engine.call('transpose', { out: address, input: source, rows: channels, columns: taps });
  else if (algorithm === 'winograd')
    engine.call('packWinograd', { out: address, weights: source, workspace, outChannels: channels, channels: inputChannels });
  else engine.call('packGemm', { out: address, weights: source, outChannels: channels, channels: inputChannels, taps });
  return { algorithm, weights: address, bias: biasAddress };
}

/** Weights in int8 with a scale for each output channel; the input's scale and zero point go into the sums' scales and the bias. */
function packConvolutionI8(
  engine: Engine,
  layer: Convolution,
  tensors: Map<string, Tensor>,
  [low, high]: [number, number],
): PackedConvolution {
  const { weight, bias } = foldBatchNorm(layer, tensors);
  const { channels, inputChannels } = layer;
  const taps = layer.kernel * layer.kernel;
  const panels = Math.ceil(channels / PANEL_CHANNELS);
  const perOutput = inputChannels * taps;

  const from = Math.min(low, 0);
  const scale = (Math.max(high, 0) - from) / LARGEST || 1;
  const zeroPoint = Math.round(-from / scale);
  const weightScales = Float32Array.from(
    { length: channels },
    (_, o) => largestMagnitude(weight.subarray(o * perOutput, (o + 1) * perOutput)) / LARGEST || 1,
  );

  const pixelBytes = engine.functions.quantizedBytes(inputChannels);
  const address = engine.allocate(panels * PANEL_CHANNELS * taps * pixelBytes);
  const zeros = engine.allocate(pixelBytes);
  const [source, scalesSource, sums] = scratch(engine, weight, weightScales, channels * F32);
  engine.call('packGemmI8', {
    out: address,
    sums,
    weights: source,
    scales: scalesSource,
    outChannels: channels,
    channels: inputChannels,
    taps,
  });
  const sumOf = engine.floats(sums, channels).slice();
  const scales = weightScales.map((weightScale) => weightScale * scale);
  engine.ensure(inputChannels * F32);
  engine.floats(engine.arenaBase, inputChannels).fill(zeroPoint);
  const pixel = { input: engine.arenaBase, inStride: inputChannels, channels: inputChannels };
  engine.call('quantize', { out: zeros, ...pixel, inverseScale: 1, zeroPoint: 0, begin: 0, end: 1 });
  return {
    algorithm: 'gemmI8',
    weights: address,
    bias: storeFloats(
      engine,
      bias.map((value, o) => value - scales[o] * zeroPoint * sumOf[o]),
      panels * PANEL_CHANNELS,
    ),
    quantized: { scale, zeroPoint, scales: storeFloats(engine, scales, panels * PANEL_CHANNELS), zeros },
  };
}

function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** Puts values, or room for a number of bytes, side by side where the arena, not used while packing, will be; returns their addresses. */
function scratch(engine: Engine, ...parts: (Float32Array | number)[]): number[] {
  const sizes = parts.map((part) => align(typeof part === 'number' ? part : part.byteLength));
  engine.ensure(sizes.reduce((sum, size) => sum + size, 0));
  let address = engine.arenaBase;
  return parts.map((part, i) => {
    const at = address;
    if (typeof part !== 'number') engine.floats(at, part.length).set(part);
    address += sizes[i];
    return at;
  });
}

/** Copies floats into a permanent block of `capacity` of them, the rest 0; returns its address. */
export function storeFloats(engine: Engine, values: Float32Array, capacity: number = values.length): number {
  const address = engine.allocate(capacity * F32);
  const target = engine.floats(address, capacity);
  target.set(values);
  target.fill(0, values.length);
  return address;
}
