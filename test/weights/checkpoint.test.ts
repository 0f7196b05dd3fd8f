import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.ts';
import { readCheckpoint } from '../../src/weights/checkpoint.ts';
import {
  concat,
  contiguous,
  floats,
  legacyCheckpoint,
  little,
  pickle,
  py,
  storage,
  tensor,
  zip,
  zipCheckpoint,
  type Pickled,
} from './files.ts';

const six = floats(1, 2, 3, 4, 5, 6);
const spec = { count: 6 };

/** One file in each format: a tensor `w` (2 x 3) and whatever else the dict should hold. */
const inZip = (value: Pickled, data = six) => zipCheckpoint(value, { 0: data });
const inLegacy = (value: Pickled, data = six, count = 6) => legacyCheckpoint(value, { 0: { count, data } });
const FORMATS = [
  ['zip', inZip],
  ['legacy', inLegacy],
] as const;

describe.each(FORMATS)('%s format', (format, write) => {
  const source = { ...spec, legacy: format === 'legacy' };
  const w = tensor(source, [2, 3]);
  const rowMajor = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const read = (value: Pickled) => readCheckpoint(write(value));

  it.each<[string, Pickled]>([
    ['a dict', py.dict([['w', w]])],
    [
      'an OrderedDict with attributes',
      py.build(concat(py.orderedDict(), py.string('w'), w, 's'), py.dict([['_metadata', py.orderedDict()]])),
    ],
    [
      'under state_dict',
      py.dict([
        ['epoch', py.int(3)],
        ['lr', concat('G', new Uint8Array(8))],
        ['state_dict', py.dict([['w', w]])],
      ]),
    ],
    [
      'under model',
      py.dict([
        ['model', py.dict([['w', w]])],
        ['optimizer', py.dict([['lr', py.none]])],
      ]),
    ],
    ['with a prefix module.', py.dict([['module.w', w]])],
    [
      'with a step counter',
      py.dict([
        ['w', w],
        ['bn.num_batches_tracked', tensor(source, [])],
      ]),
    ],
    ['a Parameter', py.dict([['w', py.call(py.global('torch._utils', '_rebuild_parameter'), w, py.false, py.orderedDict())]])],
  ])('%s', (_, value) => {
    expect(read(value)).toEqual(new Map([['w', rowMajor]]));
  });

  it('keeps a prefix module. that not all names have', () => {
    expect([
      ...read(
        py.dict([
          ['module.w', w],
          ['v', w],
        ]),
      ).keys(),
    ]).toEqual(['module.w', 'v']);
  });

  it('honours strides and offsets: a transposed matrix, channels last, a slice, an expanded scalar', () => {
    const tensors = read(
      py.dict([
        ['transposed', tensor(source, [3, 2], [1, 3])],
        ['channelsLast', tensor(source, [1, 3, 1, 2], [6, 1, 6, 3])],
        ['slice', tensor(source, [2], [3], 2)],
        ['expanded', tensor(source, [2, 2], [0, 0], 5)],
        ['scalar', tensor(source, [], [], 3)],
        ['empty', tensor(source, [4, 0], [1, 1])],
      ]),
    );
    expect(Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]))).toEqual({
      transposed: [1, 4, 2, 5, 3, 6],
      channelsLast: [1, 4, 2, 5, 3, 6],
      slice: [3, 6],
      expanded: [6, 6, 6, 6],
      scalar: [4],
      empty: [],
    });
  });

  it.each<[string, Pickled, RegExp]>([
    [
      'past the end of the storage',
      tensor(source, [2, 3], [3, 1], 1),
      /"w" \(shape \[2, 3\], strides \[3, 1\], offset 1\) does not fit its storage of 6 numbers/,
    ],
    ['strides past the end', tensor(source, [2, 2], [3, 3]), /does not fit its storage/],
    ['a negative offset', tensor(source, [2], [1], -1), /does not fit/],
    ['a negative stride', tensor(source, [2], [-1], 5), /does not fit/],
    ['a negative size', tensor(source, [-2], [1]), /does not fit/],
    ['more strides than sizes', tensor(source, [2], [1, 1]), /does not fit/],
    ['sizes that overflow', tensor(source, Array(5).fill(2 ** 30), Array(5).fill(0)), /does not fit/],
    ['more numbers than the file has bytes', tensor(source, [50, 50, 50, 50], [0, 0, 0, 0]), /hold more numbers than the file has bytes/],
    [
      'no storage',
      py.call(py.global('torch._utils', '_rebuild_tensor_v2'), py.int(0), py.int(0), py.tuple(), py.tuple()),
      /a tensor without storage/,
    ],
    [
      'sizes that are none',
      py.call(py.global('torch._utils', '_rebuild_tensor_v2'), storage(source), py.int(0), py.none, py.none),
      /does not fit/,
    ],
    ['a string', py.string('x'), /holds no state dict: "w" is not a tensor/],
    ['os.system', py.call(py.global('os', 'system'), py.string('id')), /refused global os\.system/],
  ])('refuses %s', (_, value, message) => {
    expect(() =>
      read(
        py.dict([
          ['w', value],
          ['v', w],
        ]),
      ),
    ).toThrow(message);
    expect(() =>
      read(
        py.dict([
          ['w', value],
          ['v', w],
        ]),
      ),
    ).toThrow(ModelError);
  });

  it.each<[string, Pickled, RegExp]>([
    ['a list', py.list(w), /holds no state dict: save one/],
    ['a tensor', w, /holds no state dict/],
    ['a name that is none', concat('}', py.none, w, 's'), /null is not the name of a tensor/],
    [
      'a dict of other things',
      py.dict([
        ['epoch', py.int(1)],
        ['w', w],
      ]),
      /"epoch" is not a tensor: save model\.state_dict\(\), alone or under "state_dict" or "model"/,
    ],
    ['a storage that is none', concat(py.tuple(py.string('storage'), py.none), 'Q'), /names no storage/],
    ['another persistent id', concat(py.string('module'), 'Q'), /"module" names no storage/],
    ['a storage of a type unknown', storage({ ...source, type: 'ComplexFloatStorage' }), /refused global torch\.ComplexFloatStorage/],
    ['one storage in two sizes', py.list(storage(source), storage({ ...source, count: 5 })), /storage "0" has two sizes or types/],
    [
      'one storage in two types',
      py.list(storage(source), storage({ ...source, type: 'IntStorage' })),
      /storage "0" has two sizes or types/,
    ],
  ])('refuses %s', (_, value, message) => {
    expect(() => read(value)).toThrow(message);
  });

  it.each<[string, Uint8Array, number[]]>([
    ['Double', new Uint8Array(Float64Array.of(0.1, -2).buffer), [Math.fround(0.1), -2]],
    ['Half', new Uint8Array(Uint16Array.of(0x3c00, 0xc000).buffer), [1, -2]],
    ['BFloat16', new Uint8Array(Uint16Array.of(0x3f80, 0xc000).buffer), [1, -2]],
    ['Long', new Uint8Array(BigInt64Array.of(5n, -6n).buffer), [5, -6]],
    ['Int', new Uint8Array(Int32Array.of(5, -6).buffer), [5, -6]],
    ['Short', new Uint8Array(Int16Array.of(5, -6).buffer), [5, -6]],
    ['Char', new Uint8Array(Int8Array.of(5, -6).buffer), [5, -6]],
    ['Byte', Uint8Array.of(5, 250), [5, 250]],
    ['Bool', Uint8Array.of(1, 0), [1, 0]],
  ])('reads %sStorage', (type, data, expected) => {
    const value = py.dict([['w', tensor({ ...source, count: 2, type: `${type}Storage` }, [2])]]);
    expect([...readCheckpoint(write(value, data, 2)).get('w')!.data]).toEqual(expected);
  });
});

it('reads strides of both formats alike for shapes of up to 4 dimensions', () => {
  const shape = [2, 1, 3, 1];
  const zipped = readCheckpoint(inZip(py.dict([['w', tensor(spec, shape, contiguous(shape))]])));
  expect(zipped).toEqual(readCheckpoint(inLegacy(py.dict([['w', tensor({ ...spec, legacy: true }, shape)]]))));
});

describe('damaged files', () => {
  const value = py.dict([['w', tensor(spec, [2, 3])]]);
  const entries = (over: Record<string, Uint8Array | undefined>) =>
    zip(
      Object.entries({ 'net/data.pkl': pickle(value), 'net/byteorder': concat('little'), 'net/data/0': six, ...over }).flatMap(
        ([name, data]) => (data ? [{ name, data }] : []),
      ),
    );
  const legacy = inLegacy(value);

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /neither a PyTorch checkpoint nor/],
    ['text', concat('hello, world'), /neither a PyTorch checkpoint nor/],
    ['a plain pickle', pickle(py.dict([])), /neither a PyTorch checkpoint nor/],
    ['another protocol', concat(pickle(py.long(0x1950a86a20f9469cfc6cn, 10)), pickle(py.int(1002))), /unknown format 1002/],
    ['a zip of something else', zip([{ name: 'word/document.xml', data: six }]), /a zip file without data\.pkl/],
    ['storages missing', entries({ 'net/data/0': undefined }), /entry "net\/data\/0" has no bytes, not 24/],
    ['storages too short', entries({ 'net/data/0': six.subarray(4) }), /entry "net\/data\/0" has 20 bytes, not 24/],
    ['big-endian, zip', entries({ 'net/byteorder': concat('big') }), /big-endian/],
    [
      'big-endian, legacy',
      concat(pickle(py.long(0x1950a86a20f9469cfc6cn, 10)), pickle(py.int(1001)), pickle(py.dict([['little_endian', py.false]]))),
      /big-endian/,
    ],
    ['compressed', zip([{ name: 'net/data.pkl', data: pickle(value), method: 8 }]), /entry "net\/data\.pkl" is compressed/],
    ['legacy, another count', inLegacy(value, six, 5), /5 numbers of storage "0", 6 expected/],
    ['legacy, numbers cut short', legacy.subarray(0, -1), /24 bytes expected/],
    ['legacy, a storage unasked for', legacyCheckpoint(value, { 7: { count: 6, data: six } }), /6 numbers of storage "7", none expected/],
    [
      'legacy, a storage twice',
      concat(inLegacy(value).subarray(0, -32 - 9), 'X', little(1, 4), '0X', little(1, 4), '0e.', little(6, 8), six, little(6, 8), six),
      /storage "0", 6 expected|damaged/,
    ],
    ['legacy, no storages', legacyCheckpoint(value, {}), /lacks the numbers of "w"/],
  ])('%s', (_, bytes, message) => {
    expect(() => readCheckpoint(bytes, 'net.pth')).toThrow(message);
    expect(() => readCheckpoint(bytes, 'net.pth')).toThrow(ModelError);
    expect(() => readCheckpoint(bytes, 'net.pth')).toThrow(/^net\.pth: [ -~]+$/);
  });
});
