import { describe, expect, it } from 'vitest';
import { DataError, ModelError } from '../../src/base/errors.ts';
import { checkParameters } from '../../src/weights/check.ts';
import { parseMeanFace } from '../../src/weights/mean-face.ts';
import { readModel, writeModel, type Model, type PipnetModel } from '../../src/weights/model.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import type { Tensor } from '../../src/weights/tensor.ts';
import { pipnet } from '../../src/network/pipnet.ts';
import { goldenTensors, smallFaceboxes, smallPipnet } from './models.ts';

const pipnetModel = smallPipnet();
const faceboxesModel = smallFaceboxes();
const { tensors, metadata } = readSafetensors(writeModel(pipnetModel, 'f32'));

/** The model's file with its metadata changed; undefined leaves a key out. */
function withMetadata(changes: Record<string, string | undefined>): Uint8Array {
  const merged = Object.entries({ ...metadata, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return writeSafetensors(tensors, Object.fromEntries(merged), 'f32');
}

/** As `toEqual`, which takes seconds for so many numbers. */
function expectSame({ tensors: actual, ...rest }: Model, { tensors: expected, ...expectedRest }: Model): void {
  expect(rest).toEqual(expectedRest);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, { shape, data }] of expected) {
    expect(actual.get(name)!.shape).toEqual(shape);
    expect(actual.get(name)!.data.every((value, i) => value === data[i])).toBe(true);
  }
}

describe('model files', () => {
  it('a landmark model comes back as it was', () => {
    expectSame(readModel(writeModel(pipnetModel, 'f32')), pipnetModel);
  });

  it('a landmark model without NME has none', () => {
    const { nme: _, ...model } = pipnetModel;
    expectSame(readModel(writeModel(model, 'f32')), model);
  });

  it('what a network is smaller in is in its file, and what it is not smaller in is not', () => {
    const architecture = { ...pipnetModel.architecture, stride: 16, width: 0.35, depth: 5, features: 64 } as const;
    const small = smallPipnet({ architecture, inputSize: 80, tensors: goldenTensors(pipnet(architecture)) });
    expectSame(readModel(writeModel(small, 'f32')), small);
    const keys = ['width', 'depth', 'features'];
    expect(keys.filter((key) => key in metadata)).toEqual([]);
    expect(readSafetensors(writeModel(small, 'f32')).metadata).toMatchObject({ width: '0.35', depth: '5', features: '64', stride: '16' });
  });

  it('where the labels of its dataset lie comes back', () => {
    const model = smallPipnet({ labelOffset: [0.0047, -0.001] });
    expectSame(readModel(writeModel(model, 'f16')), { ...model, tensors: readModel(writeModel(pipnetModel, 'f16')).tensors });
  });

  it('a detector comes back as it was', () => {
    expectSame(readModel(writeModel(faceboxesModel, 'f32')), faceboxesModel);
  });

  it.each([
    ['f16', 0.55],
    ['i8', 0.3],
  ] as const)('%s takes less than %f of the bytes', (dtype, share) => {
    const bytes = writeModel(pipnetModel, dtype);
    expect(bytes.length).toBeLessThan(share * writeModel(pipnetModel, 'f32').length);
    expect(readModel(bytes).kind).toBe('pipnet');
  });

  it.each<[string, Record<string, string | undefined>, RegExp]>([
    ['no format', { format: undefined }, /a safetensors file, but not a model of pipnet-wasm: make one .* with "pipnet-wasm convert"/],
    ['a format of others', { format: 'pt' }, /not a model of pipnet-wasm/],
    ['a later version', { version: '2' }, /of version "2", only 1 is known: update/],
    ['an unknown architecture', { architecture: 'yolo' }, /architecture is "yolo": pipnet, faceboxesv2 and facegrid are known/],
    ['no architecture', { architecture: undefined }, /lacks "architecture"/],
    [
      'a landmark model that says it is a detector',
      { architecture: 'faceboxesv2' },
      /don't fit the network: 162 missing: conv1\.conv\.weight, .* and 156 more; 270 unexpected: features\.0\.0\.weight/,
    ],
    ['no licence', { licence: undefined }, /lacks "licence"/],
    ['an unknown backbone', { backbone: 'vgg\n16' }, /backbone "vgg\\n16" is unknown: expected one of resnet18/],
    ['another backbone', { backbone: 'mobilenet_v3' }, /don't fit the network: /],
    ['an unknown stride', { stride: '48' }, /unknown stride 48: use one of 8, 16, 32, 64, 128/],
    [
      'another stride',
      { stride: '64' },
      /6 missing: layer5\.weight, layer5\.bias, bn5\.weight, bn5\.bias, bn5\.running_mean, bn5\.running_var/,
    ],
    ['a wider network', { width: '1.4' }, /of another shape: features\.0\.0\.weight \(32x3x3x3 instead of 48x3x3x3\)/],
    ['a shallower network', { depth: '6' }, /features\.18\.0\.weight \(1280x320x1x1 instead of 1280x160x1x1\)/],
    ['other features', { features: '320' }, /features\.18\.0\.weight \(1280x320x1x1 instead of 320x320x1x1\)/],
    ['a width of words', { width: 'half' }, /"width" is "half", not a decimal number/],
    ['no width at all', { width: '0' }, /width 0 is not a number from 0.1 to 4/],
    ['a huge width', { width: '999' }, /width 999 is not a number from 0.1 to 4/],
    ['a depth that is too small for its stride', { depth: '5' }, /a depth of 5 stages reaches stride 16, not 32/],
    ['no depth', { depth: '0' }, /depth 0 is not a whole number from 1 to 7/],
    ['odd features', { features: '100' }, /feature count 100 is not a multiple of 8/],
    ['huge features', { features: '80000' }, /feature count 80000/],
    ['a width where it is fixed', { backbone: 'resnet18', width: '0.5' }, /resnet18 has a fixed width, depth and number of features/],
    ['words as number', { landmarks: 'five' }, /"landmarks" is "five", not a whole number/],
    ['negative landmarks', { landmarks: '-5' }, /"landmarks" is "-5"/],
    ['landmarks in exponents', { landmarks: '1e9' }, /"landmarks" is "1e9"/],
    ['too many landmarks', { landmarks: '999999' }, /mean face: 10 numbers, but 999999 landmarks need 1999998/],
    ['no landmarks', { landmarks: '0', mean_face: '' }, /landmark count 0/],
    ['too many neighbours', { neighbours: '5' }, /neighbour count 5/],
    ['other neighbours', { neighbours: '3' }, /4 of another shape: nb_x_layer\.weight \(10x1280x1x1 instead of 15x1280x1x1\)/],
    ['an input that no cells fill', { input_size: '250' }, /input size is 250: expected a multiple of its stride, 32, of at most 1024/],
    ['a huge input', { input_size: '1056' }, /input size is 1056/],
    ['no input', { input_size: '0' }, /input size is 0/],
    ['a short mean face', { mean_face: '0.1 0.2' }, /mean face: 2 numbers, but 5 landmarks need 10/],
    ['a mean face of words', { mean_face: metadata.mean_face.replace('0.1', 'x') }, /"x", its number 1, is not finite/],
    ['an unknown crop rule', { supervised_crop: 'cofw' }, /crop rule "cofw" is unknown: expected one of 300w, wflw/],
    ["an object's method as crop rule", { detector_crop: 'toString' }, /crop rule "toString" is unknown/],
    ['a label offset of words', { label_offset: 'left' }, /its metadata "label_offset": "left" is no label offset/],
    ['a label offset in pixels', { label_offset: '1.2 1.2' }, /"1.2 1.2" is no label offset/],
    ['two means', { pixel_mean: '0.5 0.5' }, /pixel mean \[0.5, 0.5\]/],
    ['a mean of words', { pixel_mean: 'a b c' }, /pixel mean \[NaN, NaN, NaN\]/],
    ['a deviation of 0', { pixel_std: '0 1 1' }, /standard deviation \[0, 1, 1\]/],
  ])('refuses %s', (_, changes, message) => {
    expect(() => readModel(withMetadata(changes), 'net.safetensors')).toThrow(message);
    expect(() => readModel(withMetadata(changes), 'net.safetensors')).toThrow(ModelError);
    expect(() => readModel(withMetadata(changes), 'net.safetensors')).toThrow(/^net\.safetensors: [ -~]{10,1000}$/);
  });

  it.each<[string, Partial<PipnetModel>, RegExp]>([
    ['of a mean face that is too short', { meanFace: new Float64Array(8) }, /mean face has 8 numbers: expected 10/],
    ['of a mean face with NaN', { meanFace: new Float64Array(10).fill(NaN) }, /expected 10 finite ones/],
    ['without tensors', { tensors: new Map() }, /270 missing: features/],
  ])('does not write a model %s', (_, over, message) => {
    expect(() => writeModel(smallPipnet(over), 'f32')).toThrow(message);
  });
});

describe('checkParameters', () => {
  const parameters = [
    { name: 'a.weight', shape: [2, 2] },
    { name: 'bn.running_var', shape: [2] },
  ];
  const good: [string, Tensor][] = [
    ['a.weight', { shape: [2, 2], data: new Float32Array(4) }],
    ['bn.running_var', { shape: [2], data: Float32Array.of(0, 1) }],
  ];
  const check = (...changes: [string, Tensor][]) => checkParameters(parameters, new Map([...good, ...changes]), 'x');

  it('accepts what fits', () => {
    expect(() => check()).not.toThrow();
  });

  it('names everything at once, up to six of each kind', () => {
    const stray = Array.from({ length: 12 }, (_, i): [string, Tensor] => [`s${i}`, { shape: [1], data: new Float32Array(1) }]);
    expect(() =>
      checkParameters(
        [...parameters, { name: 'b', shape: [] }],
        new Map([...good, ['a.weight', { shape: [4], data: new Float32Array(4) }], ...stray]),
        'x',
      ),
    ).toThrow(
      "x: the parameters don't fit the network: 1 missing: b; 12 unexpected: s0, s1, s2, s3, s4, s5 and 6 more; 1 of another shape: a.weight (4 instead of 2x2): is it for another backbone, stride, or number of landmarks or neighbours?",
    );
  });

  it.each([
    ['NaN', 'a.weight', NaN, /1 with NaN or infinity: a\.weight/],
    ['infinity', 'a.weight', -Infinity, /1 with NaN or infinity: a\.weight/],
    ['a negative variance', 'bn.running_var', -1, /1 with negative variances: bn\.running_var/],
  ])('refuses %s', (_, name, value, message) => {
    const { shape, data } = new Map(good).get(name)!;
    expect(() => check([name, { shape, data: data.map((old, i) => (i === 1 ? value : old)) }])).toThrow(message);
  });
});

describe('parseMeanFace', () => {
  it.each([
    ['spaces', '0.1 0.2 -3e-1 4'],
    ['commas', '0.1,0.2, -0.3,4'],
    ['lines', '\r\n0.1 0.2\r\n-0.3\t4.0\n'],
  ])('%s', (_, text) => {
    expect(parseMeanFace(text, 2)).toEqual(Float64Array.of(0.1, 0.2, -0.3, 4));
  });

  it.each([
    ['too few', '1 2 3', /^f\.txt: 3 numbers, but 2 landmarks need 4/],
    ['too many', '1 2 3 4 5', /5 numbers/],
    ['none', '', /0 numbers/],
    ['a word', '1 2 3 four', /"four", its number 4, is not finite/],
    ['NaN', '1 2 3 NaN', /"NaN", its number 4/],
    ['infinity', '1 2 3 1e999', /"1e999", its number 4/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseMeanFace(text, 2, 'f.txt')).toThrow(message);
    expect(() => parseMeanFace(text, 2, 'f.txt')).toThrow(DataError);
  });
});
