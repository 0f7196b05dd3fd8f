import { ModelError } from '../base/errors.ts';
import { NORM_PARTS, type Convolution } from '../network/graph.ts';
import { NORM_EPSILON } from '../wasm/kernels/border.ts';
import type { Tensor } from './tensor.ts';

/**
 * A convolution's weight (OIHW) and bias (one per output channel) with the batch norm that follows it, in inference
 * mode, worked into them:
 *
 *   gamma * (conv(x) + bias - mean) / sqrt(variance + epsilon) + beta  =  (scale * weight) conv x + (bias - mean) * scale + beta
 *
 * Without a batch norm `weight` and `bias` are the tensors' own memory: read only.
 *
 * @throws ModelError where a parameter is missing
 */
export function foldBatchNorm(layer: Convolution, tensors: ReadonlyMap<string, Tensor>): { weight: Float32Array; bias: Float32Array } {
  const get = (name: string): Float32Array => {
    const tensor = tensors.get(name);
    if (!tensor) throw new ModelError(`parameter "${name}" is missing`);
    return tensor.data;
  };
  const weight = get(`${layer.name}.weight`);
  const bias = layer.bias ? get(`${layer.name}.bias`) : new Float32Array(layer.channels);
  if (layer.norm === undefined) return { weight, bias };

  const [gamma, beta, mean, variance] = NORM_PARTS.map((part) => get(`${layer.norm}.${part}`));
  const perChannel = weight.length / layer.channels;
  const foldedWeight = new Float32Array(weight.length);
  const foldedBias = new Float32Array(layer.channels);
  for (let channel = 0, i = 0; channel < layer.channels; channel++) {
    const scale = gamma[channel] / Math.sqrt(variance[channel] + NORM_EPSILON);
    for (const end = i + perChannel; i < end; i++) foldedWeight[i] = weight[i] * scale;
    foldedBias[channel] = (bias[channel] - mean[channel]) * scale + beta[channel];
  }
  return { weight: foldedWeight, bias: foldedBias };
}
