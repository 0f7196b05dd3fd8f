import { NetworkBuilder, type LayerId, type Network } from './graph.ts';

/** Strides of the three detection maps `head8`, `head16` and `head32`. */
export const FACEGRID_STRIDES = [8, 16, 32] as const;

/** Channels of a detection map: one logit, four numbers of the box, x and y of five points. */
export const FACEGRID_CHANNELS = 15;

/** Channels, stride of each block, and whether a detection map reads it. */
const BLOCKS: [number, 1 | 2, boolean][] = [
  [16, 2, false],
  [48, 2, false],
  [48, 1, false],
  [48, 1, true],
  [80, 2, false],
  [80, 1, false],
  [80, 1, true],
  [128, 2, false],
  [128, 1, false],
  [128, 1, true],
];

/**
 * Our face detector: depthwise-separable blocks (Howard et al. 2017) behind one dense convolution, and at three strides a
 * map with one face a cell, without anchors and without a path back from the coarse maps to the fine ones (as FCOS, Tian
 * et al. 2019, and YuNet, Wu et al. 2023, have it; the small faces of the finest map need little context). 3 x H x W, RGB,
 * normalised as the landmark networks' input; what a cell's numbers mean is in faces/facegrid-code.ts.
 */
export function facegrid(): Network {
  const net = new NetworkBuilder();
  const depthwise = (x: LayerId, name: string, stride: number) =>
    net.convolution(x, `${name}.depthwise`, net.channels(x), {
      norm: `${name}.depthwise_norm`,
      kernel: 3,
      stride,
      depthwise: true,
      activation: 'relu',
    });

  let x = net.convolution(net.input(3), 'stem', 8, { norm: 'stem_norm', kernel: 3, stride: 2, activation: 'relu' });
  const sources: LayerId[] = [];
  BLOCKS.forEach(([channels, stride, isSource], i) => {
    const name = `blocks.${i}`;
    x = net.convolution(depthwise(x, name, stride), `${name}.pointwise`, channels, { norm: `${name}.pointwise_norm`, activation: 'relu' });
    if (isSource) sources.push(x);
  });
  const heads = sources.map((source, i) => {
    const name = `head${FACEGRID_STRIDES[i]}`;
    return [name, net.convolution(depthwise(source, name, 1), name, FACEGRID_CHANNELS)] as const;
  });
  return { layers: net.layers, outputs: Object.fromEntries(heads) };
}
