import { type BackboneOptions, strideLimit } from './backbone.ts';
import type { LayerId, NetworkBuilder } from './graph.ts';

export type ResNetDepth = 18 | 50 | 101;

/** Residual blocks in each of the four stages (He et al. 2016, table 1). */
const BLOCKS: Record<ResNetDepth, number[]> = {
  18: [2, 2, 2, 2],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
};

/** Bottleneck blocks widen their output by this factor. */
const EXPANSION = 4;

/** Torchvision's ResNet without its classifier: 3 x H x W to 512 (18) or 2048 (50, 101) channels. */
export function resnet(net: NetworkBuilder, image: LayerId, depth: ResNetDepth, { stride }: BackboneOptions): LayerId {
  const block = depth === 18 ? basicBlock : bottleneck;
  let x = net.convolution(image, 'conv1', 64, { norm: 'bn1', kernel: 7, stride: 2, activation: 'relu' });
  x = net.pool('maxPool', x, 3, 2);
  const reach = strideLimit(stride, 4);
  BLOCKS[depth].forEach((count, stage) => {
    for (let i = 0; i < count; i++) {
      x = block(net, x, `layer${stage + 1}.${i}`, 64 << stage, reach(stage > 0 && i === 0 ? 2 : 1));
    }
  });
  return x;
}

function basicBlock(net: NetworkBuilder, input: LayerId, name: string, width: number, stride: number): LayerId {
  const x = net.convolution(input, `${name}.conv1`, width, { norm: `${name}.bn1`, kernel: 3, stride, activation: 'relu' });
  const residual = shortcut(net, input, name, width, stride);
  return net.convolution(x, `${name}.conv2`, width, { norm: `${name}.bn2`, kernel: 3, residual, activation: 'relu' });
}

function bottleneck(net: NetworkBuilder, input: LayerId, name: string, width: number, stride: number): LayerId {
  let x = net.convolution(input, `${name}.conv1`, width, { norm: `${name}.bn1`, activation: 'relu' });
  x = net.convolution(x, `${name}.conv2`, width, { norm: `${name}.bn2`, kernel: 3, stride, activation: 'relu' });
  const residual = shortcut(net, input, name, width * EXPANSION, stride);
  return net.convolution(x, `${name}.conv3`, width * EXPANSION, { norm: `${name}.bn3`, residual, activation: 'relu' });
}

function shortcut(net: NetworkBuilder, input: LayerId, name: string, channels: number, stride: number): LayerId {
  if (stride === 1 && net.channels(input) === channels) return input;
  return net.convolution(input, `${name}.downsample.0`, channels, { norm: `${name}.downsample.1`, stride });
}
