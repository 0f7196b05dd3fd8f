import { expect, it } from 'vitest';
import { pipnet } from '../../src/network/pipnet.ts';
import { Calibration } from '../../src/pip/calibrate.ts';

const step = (layer: string) => ({ layer, algorithm: '', flops: 0, calls: [] });

it('calibrates matrix products, and 3x3 convolutions whose Winograd weights leave every cache', () => {
  const network = pipnet({ backbone: 'resnet18', stride: 32, landmarks: 5, neighbours: 2 });
  const calibration = new Calibration(network);
  for (const layer of network.layers) if (layer.op === 'convolution') calibration.add(step(layer.name), Float32Array.of(-1, 3));
  const { ranges } = calibration;
  const blocks = Object.keys(ranges).filter((name) => name.startsWith('layer'));
  expect(blocks.sort()).toEqual([
    ...['layer2.0.conv1', 'layer2.0.downsample.0', 'layer3.0.conv1', 'layer3.0.downsample.0', 'layer4.0.conv1', 'layer4.0.conv2'],
    ...['layer4.0.downsample.0', 'layer4.1.conv1', 'layer4.1.conv2'],
  ]);
  expect(ranges).not.toHaveProperty('cls_layer');
  expect(ranges['layer4.1.conv2']).toEqual([-1, 3]);
});
