import type { LayerId, NetworkBuilder } from './graph.ts';

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

/** Torchvision's MobileNetV2 without its classifier: 3 x H x W to 1280 channels at stride 32. */
export function mobilenetV2(net: NetworkBuilder, image: LayerId): LayerId {
  let x = net.convolution(image, 'features.0.0', 32, { norm: 'features.0.1', kernel: 3, stride: 2, activation: 'relu6' });
  let index = 1;
  for (const [expansion, channels, blocks, stride] of STAGES) {
    for (let i = 0; i < blocks; i++) {
      x = invertedResidual(net, x, `features.${index++}.conv`, expansion, channels, i === 0 ? stride : 1);
    }
  }
  return net.convolution(x, 'features.18.0', 1280, { norm: 'features.18.1', activation: 'relu6' });
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
