import { ArgumentError } from '../base/errors.ts';
import { type BackboneOptions, strideLimit } from './backbone.ts';
import type { LayerId, NetworkBuilder } from './graph.ts';
import { makeDivisible } from './make-divisible.ts';

/** Expansion, channels, blocks, stride of the first block (Sandler et al. 2018, table 2). */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

/** Channels are multiples of this, whatever the width. */
const DIVISOR = 8;

export const MAX_DEPTH = STAGES.length;

/** Channels of the last layer, which a width below 1 doesn't lessen. */
const FEATURES = 1280;

/** Torchvision's MobileNetV2 without its classifier: 3 x H x W to 1280 channels (more if it is wider than 1), or to `features`. */
export function mobilenetV2(net: NetworkBuilder, image: LayerId, { stride, width, depth, features }: BackboneOptions): LayerId {
  const widened = (channels: number) => makeDivisible(channels * width, DIVISOR);
  const stages = STAGES.slice(0, depth);
  const reached = stages.reduce((product, [, , , stageStride]) => product * stageStride, 2);
  if (reached < stride)
    throw new ArgumentError(`a depth of ${depth} stages reaches stride ${reached}, not ${stride}: use more stages, or a smaller stride`);
  let x = net.convolution(image, 'features.0.0', widened(32), { norm: 'features.0.1', kernel: 3, stride: 2, activation: 'relu6' });
  const reach = strideLimit(stride, 2);
  let index = 1;
  for (const [expansion, channels, blocks, stageStride] of stages) {
    for (let i = 0; i < blocks; i++) {
      x = invertedResidual(net, x, `features.${index++}.conv`, expansion, widened(channels), i === 0 ? reach(stageStride) : 1);
    }
  }
  const last = features ?? makeDivisible(FEATURES * Math.max(1, width), DIVISOR);
  return net.convolution(x, 'features.18.0', last, { norm: 'features.18.1', activation: 'relu6' });
}

function invertedResidual(net: NetworkBuilder, input: LayerId, name: string, expansion: number, channels: number, stride: number): LayerId {
  const width = net.channels(input) * expansion;
  let x = input;
  let index = 0;
  if (expansion !== 1) {
    x = net.convolution(x, `${name}.0.0`, width, { norm: `${name}.0.1`, activation: 'relu6' });
    index = 1;
  }
  x = net.convolution(x, `${name}.${index}.0`, width, {
    norm: `${name}.${index}.1`,
    kernel: 3,
    stride,
    depthwise: true,
    activation: 'relu6',
  });
  const residual = stride === 1 && net.channels(input) === channels ? { residual: input } : {};
  return net.convolution(x, `${name}.${index + 1}`, channels, { norm: `${name}.${index + 2}`, ...residual });
}
