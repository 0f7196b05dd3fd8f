import { NetworkBuilder, type LayerId, type Network } from './graph.ts';

/** Priors per cell of the three detection maps, whose strides are 32, 64 and 128 (Zhang et al. 2017, section 3.2). */
export const PRIORS_PER_CELL = [21, 1, 1];

/**
 * FaceBoxesV2: BGR input minus (104, 117, 123); for each of three detection maps i the outputs `loc{i}` (4 box offsets
 * per prior) and `conf{i}` (background and face logits per prior).
 */
export function faceboxes(): Network {
  const net = new NetworkBuilder();
  const block = (x: LayerId, name: string, channels: number, kernel = 1, stride = 1) =>
    net.convolution(x, `${name}.conv`, channels, { norm: `${name}.bn`, kernel, stride, activation: 'relu' });

  let x = net.input(3);
  [8, 16, 32, 64, 128].forEach((channels, i) => {
    x = block(x, `conv${i + 1}`, channels, 3, 2);
  });
  for (const name of ['inception1', 'inception2', 'inception3']) {
    const branch = `${name}.branch`;
    const narrow = block(x, `${branch}1x1`, 32);
    const pooled = block(net.pool('averagePool', x, 3, 1), `${branch}1x1_2`, 32);
    const single = block(block(x, `${branch}3x3_reduce`, 24), `${branch}3x3`, 32, 3);
    const double = block(block(block(x, `${branch}3x3_reduce_2`, 24), `${branch}3x3_2`, 32, 3), `${branch}3x3_3`, 32, 3);
    x = net.concat([narrow, pooled, single, double]);
  }
  const sources = [x];
  for (const name of ['conv6', 'conv7']) {
    x = block(block(x, `${name}_1`, 128), `${name}_2`, 256, 3, 2);
    sources.push(x);
  }

  const outputs: Record<string, LayerId> = {};
  for (const [head, perPrior] of [
    ['loc', 4],
    ['conf', 2],
  ] as const) {
    sources.forEach((source, i) => {
      outputs[`${head}${i}`] = net.convolution(source, `${head}.${i}`, perPrior * PRIORS_PER_CELL[i], { kernel: 3 });
    });
  }
  return { layers: net.layers, outputs };
}
