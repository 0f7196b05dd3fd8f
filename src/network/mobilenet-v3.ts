import { type BackboneOptions, strideLimit } from './backbone.ts';
import type { Activation, LayerId, NetworkBuilder } from './graph.ts';
import { makeDivisible } from './make-divisible.ts';

/** Kernel, expanded width, channels, squeeze-and-excite, activation, stride (Howard et al. 2019, table 1, as the authors' code has it). */
const BLOCKS: [number, number, number, boolean, Activation, number][] = [
  [3, 16, 16, false, 'relu', 1],
  [3, 64, 24, false, 'relu', 2],
  [3, 72, 24, false, 'relu', 1],
  [5, 72, 40, true, 'relu', 2],
  [5, 120, 40, true, 'relu', 1],
  [5, 120, 40, true, 'relu', 1],
  [3, 240, 80, false, 'hardSwish', 2],
  [3, 200, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 184, 80, false, 'hardSwish', 1],
  [3, 480, 112, true, 'hardSwish', 1],
  [3, 672, 112, true, 'hardSwish', 1],
  [5, 672, 160, true, 'hardSwish', 2],
  [5, 960, 160, true, 'hardSwish', 1],
  [5, 960, 160, true, 'hardSwish', 1],
];

/** The PIPNet authors' MobileNetV3-Large (not torchvision's: squeeze-and-excite precedes the activation): 960 channels. */
export function mobilenetV3(net: NetworkBuilder, image: LayerId, { stride }: BackboneOptions): LayerId {
  let x = net.convolution(image, 'features.0.0', 16, { norm: 'features.0.1', kernel: 3, stride: 2, activation: 'hardSwish' });
  const reach = strideLimit(stride, 2);
  BLOCKS.forEach((block, i) => {
    x = invertedResidual(net, x, `features.${i + 1}.conv`, block, reach(block[5]));
  });
  return net.convolution(x, 'conv.0', 960, { norm: 'conv.1', activation: 'hardSwish' });
}

function invertedResidual(
  net: NetworkBuilder,
  input: LayerId,
  name: string,
  [kernel, width, channels, squeezeExcite, activation]: (typeof BLOCKS)[number],
  stride: number,
): LayerId {
  let x = input;
  let index = 0;
  if (width !== net.channels(input)) {
    x = net.convolution(x, `${name}.0`, width, { norm: `${name}.1`, activation });
    index = 3;
  }
  const depthwise = { norm: `${name}.${index + 1}`, kernel, stride, depthwise: true };
  if (squeezeExcite) {
    x = net.convolution(x, `${name}.${index}`, width, depthwise);
    const fc = `${name}.${index + 2}.fc`;
    x = net.squeezeExcite(x, `${fc}.0`, `${fc}.2`, makeDivisible(width / 4, 8), activation);
  } else {
    x = net.convolution(x, `${name}.${index}`, width, { ...depthwise, activation });
  }
  const residual = stride === 1 && net.channels(input) === channels ? { residual: input } : {};
  return net.convolution(x, `${name}.${index + 4}`, channels, { norm: `${name}.${index + 5}`, ...residual });
}
