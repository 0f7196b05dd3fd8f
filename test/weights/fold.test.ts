import { describe, expect, it } from 'vitest';
import { NetworkBuilder, type Convolution } from '../../src/network/graph.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { NORM_EPSILON } from '../../src/wasm/kernels/border.ts';
import { foldBatchNorm } from '../../src/weights/fold.ts';
import { goldenTensor, mulberry32, uniform } from '../reference/random.ts';

type Options = Parameters<NetworkBuilder['convolution']>[3];

function layerOf(options: Options) {
  const net = new NetworkBuilder();
  net.convolution(net.input(6), 'c', 6, options);
  const tensors = new Map(
    parametersOf({ layers: net.layers, outputs: {} }).map(({ name, shape }) => [name, { shape, data: goldenTensor(name, shape) }]),
  );
  return { layer: net.layers[1] as Convolution, tensors };
}

/** One output pixel: the dot product of a channel's weights with a patch of the input. */
function convolve(weight: Float32Array, bias: number, patch: Float32Array, channel: number): number {
  let sum = bias;
  const length = weight.length / 6;
  for (let i = 0; i < length; i++) sum += weight[channel * length + i] * patch[i];
  return sum;
}

describe('foldBatchNorm', () => {
  it.each<[string, Options]>([
    ['3x3', { kernel: 3, norm: 'n' }],
    ['with bias', { kernel: 3, norm: 'n', bias: true }],
    ['depthwise', { kernel: 5, norm: 'n', depthwise: true }],
    ['1x1', { norm: 'n' }],
  ])('%s: convolution then batch norm, to 1e-5', (_, options) => {
    const { layer, tensors } = layerOf(options);
    const get = (name: string) => tensors.get(name)!.data;
    const { weight, bias } = foldBatchNorm(layer, tensors);
    const patch = uniform(mulberry32(1), weight.length / 6);
    for (let channel = 0; channel < 6; channel++) {
      const own = convolve(get('c.weight'), layer.bias ? get('c.bias')[channel] : 0, patch, channel);
      const normalised = (own - get('n.running_mean')[channel]) / Math.sqrt(get('n.running_var')[channel] + NORM_EPSILON);
      expect(convolve(weight, bias[channel], patch, channel)).toBeCloseTo(
        normalised * get('n.weight')[channel] + get('n.bias')[channel],
        5,
      );
    }
  });

  it('leaves the parameters alone', () => {
    const { layer, tensors } = layerOf({ kernel: 3, norm: 'n', bias: true });
    foldBatchNorm(layer, tensors);
    for (const [name, { shape, data }] of tensors) expect(data).toEqual(goldenTensor(name, shape));
  });

  it('without batch norm: weight and bias as they are', () => {
    const { layer, tensors } = layerOf({ kernel: 3 });
    expect(foldBatchNorm(layer, tensors)).toEqual({ weight: tensors.get('c.weight')!.data, bias: tensors.get('c.bias')!.data });
  });

  it('without either: a bias of zeros', () => {
    const { layer, tensors } = layerOf({ kernel: 3, bias: false });
    expect(foldBatchNorm(layer, tensors).bias).toEqual(new Float32Array(6));
  });

  it('names a parameter that is missing', () => {
    const { layer, tensors } = layerOf({ norm: 'n' });
    tensors.delete('n.running_var');
    expect(() => foldBatchNorm(layer, tensors)).toThrow(/parameter "n\.running_var" is missing/);
  });
});
