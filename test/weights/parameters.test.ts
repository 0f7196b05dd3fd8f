import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faceboxes } from '../../src/network/faceboxes.ts';
import { parametersOf } from '../../src/network/operations.ts';
import { pipnet, type Backbone, type Stride } from '../../src/network/pipnet.ts';
import { elementCount } from '../../src/weights/tensor.ts';

type Shapes = Record<string, number[]>;
const goldens = JSON.parse(readFileSync(new URL('../golden/networks.json', import.meta.url), 'utf8')) as Record<
  string,
  { parameters: Shapes }
>;

it.each(Object.entries(goldens))("%s has the authors' parameters", (name, { parameters }) => {
  const [, backbone, stride = '32'] = /^(.*?)(?:_stride(\d+))?$/.exec(name)!;
  const network = pipnet({ backbone: backbone as Backbone, stride: Number(stride) as Stride, landmarks: 68, neighbours: 10 });
  expect(Object.fromEntries(parametersOf(network).map(({ name, shape }) => [name, shape]))).toEqual(parameters);
});

it('FaceBoxesV2 has 162 parameters, 1,028,738 numbers', () => {
  const parameters = parametersOf(faceboxes());
  expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
  expect(parameters).toHaveLength(162);
  expect(parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0)).toBe(1_028_738);
});
