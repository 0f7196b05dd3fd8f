import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import type { Tensor } from '../../src/weights/tensor.ts';
import { mulberry32, uniform } from '../reference/random.ts';
import { concat, floats, little } from './files.ts';

/** A file of any header, text or object, and any data. */
function file(header: unknown, data: Uint8Array = floats(1, 2, 3, 4)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  return concat(little(json.length, 8), json, data);
}

const entry = (over: object = {}) => ({ dtype: 'F32', shape: [2, 2], data_offsets: [0, 16], ...over });

const tensors = new Map<string, Tensor>([
  ['b.weight', { shape: [5, 3, 3, 1], data: uniform(mulberry32(1), 45, -4, 4) }],
  ['a.bias', { shape: [5], data: uniform(mulberry32(2), 5) }],
  ['scalar', { shape: [], data: Float32Array.of(0.1) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['fc.weight', { shape: [3, 7], data: uniform(mulberry32(3), 21) }],
  ['wide.weight', { shape: [5, 16, 1, 1], data: uniform(mulberry32(4), 80, -4, 4) }],
]);

describe('round trips', () => {
  it.each([
    // Tolerances are fractions of the tensor's largest magnitude: 2^-11 is half a unit in the last place of f16.
    ['f32', 0],
    ['f16', 2 ** -11],
    ['i8', 1.001 / 254],
  ] as const)('%s: matrices within %f, vectors exactly, order and metadata kept', (dtype, tolerance) => {
    const metadata = { format: 'test', 'ключ "q"': 'line\nbreak' };
    const read = readSafetensors(writeSafetensors(tensors, metadata, dtype));
    expect(read.metadata).toEqual(metadata);
    expect([...read.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, data }] of tensors) {
      const found = read.tensors.get(name)!;
      expect(found.shape).toEqual(shape);
      expect(found.data).toHaveLength(data.length);
      const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      const allowed = shape.length < 2 ? 0 : tolerance * largest;
      found.data.forEach((value, i) => expect(Math.abs(value - data[i])).toBeLessThanOrEqual(allowed));
    }
  });

  it('writes a header padded to 8 bytes, the widest numbers first', () => {
    const bytes = writeSafetensors(tensors, {}, 'i8');
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const { dtype, data_offsets } = header['wide.weight'];
    expect([dtype, data_offsets[1]]).toEqual(['I8', bytes.length - 8 - length]);
    expect(header['wide.weight.scale']).toMatchObject({ dtype: 'F32', shape: [5] });
    // Nine weights a channel and a scale are hardly smaller than nine halves.
    expect(header['b.weight']).toMatchObject({ dtype: 'F16', shape: [5, 3, 3, 1] });
    expect(header['b.weight'].data_offsets[1]).toBeLessThanOrEqual(data_offsets[0]);
    expect(header['a.bias'].dtype).toBe('F32');
  });

  it('views aligned F32 in place, copies it where the file lies askew', () => {
    const bytes = writeSafetensors(tensors, {}, 'f32');
    expect(readSafetensors(bytes).tensors.get('b.weight')!.data.buffer).toBe(bytes.buffer);
    const askew = concat([0], bytes).subarray(1);
    const { data } = readSafetensors(askew).tensors.get('b.weight')!;
    expect(data.buffer).not.toBe(askew.buffer);
    expect(data).toEqual(tensors.get('b.weight')!.data);
  });

  it('reads from memory shared between threads', () => {
    const bytes = writeSafetensors(tensors, { a: 'b' }, 'f16');
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    expect(readSafetensors(shared)).toEqual(readSafetensors(bytes));
  });

  it('keeps a tensor named *.scale that belongs to no I8 tensor', () => {
    const own = new Map([
      ['x.scale', { shape: [2], data: Float32Array.of(1, 2) }],
      ['x', { shape: [2], data: Float32Array.of(3, 4) }],
    ]);
    expect([...readSafetensors(writeSafetensors(own, {}, 'i8')).tensors.keys()]).toEqual(['x.scale', 'x']);
  });

  it.each([
    ['f16', 70000, /tensor "w" holds 70000, which f16 can't: use f32/],
    ['i8', NaN, /holds NaN/],
    ['i8', Infinity, /holds Infinity/],
  ] as const)('%s refuses to write %f', (dtype, value, message) => {
    const tensor = { shape: [1, 1], data: Float32Array.of(value) };
    expect(() => writeSafetensors(new Map([['w', tensor]]), {}, dtype)).toThrow(message);
  });

  it('refuses to write two tensors of one name', () => {
    const tensor = { shape: [1, 16], data: new Float32Array(16) };
    expect(() =>
      writeSafetensors(
        new Map([
          ['w', tensor],
          ['w.scale', tensor],
        ]),
        {},
        'i8',
      ),
    ).toThrow(/two tensors named "w.scale"/);
  });
});

describe('hostile files', () => {
  const whole = file({ a: entry() });
  const i8 = { dtype: 'I8', shape: [2, 2], data_offsets: [0, 4] };

  it('the file that the others are made from is fine', () => {
    expect(readSafetensors(whole).tensors.get('a')).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /cut short/],
    ['of 7 bytes', new Uint8Array(7), /cut short/],
    ['cut in the header', whole.subarray(0, 40), /header should have 57 bytes, the file holds 32 more/],
    ['cut in the data', whole.subarray(0, -1), /take 16 bytes, the file holds 15/],
    ['with bytes left over', concat(whole, [0]), /take 16 bytes, the file holds 17/],
    ['with a header of 2^64 - 1 bytes', concat(little(2n ** 64n - 1n, 8), '{}'), /header should have 18446744073709552000 bytes/],
    ['with a header above the limit', concat(little(11e6, 8), new Uint8Array(11e6)), /the limit is 10000000/],
    ['with a header that is not UTF-8', concat(little(2, 8), [0xff, 0xfe]), /are not UTF-8/],
    ['with a header that is not JSON', file('{"a": '), /not JSON/],
    ['with a header of brackets only', file('['.repeat(1e6)), /not JSON/],
    ['with a deep header', file(`{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`), /tensor "a" has dtype undefined/],
    ['with a name of a million escapes', file(`{"${'\\n'.repeat(1e6)}": 1}`), /has dtype undefined/],
    ['with an empty header', file(''), /not JSON/],
    ['with a list as header', file('[1, 2]'), /its header is \[1, 2\], not an object/],
    ['with null as header', file('null'), /its header is null/],
    ['with a key twice', file('{"a":1,"\\u0061":2}'), /has "a" twice/],
    ['with a key twice inside', file('{"a":{"dtype":"F32","dtype":"F16"}}'), /has "dtype" twice/],
    ['with __proto__ as name', file('{"__proto__":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}'), /refused the name "__proto__"/],
    ['with __proto__ as metadata', file('{"__metadata__":{"__proto__":"x"}}'), /refused the name "__proto__"/],
    ['with numbers as metadata', file({ __metadata__: { a: 1 }, x: entry() }), /metadata "a" is 1, not a string/],
    ['with a list as metadata', file({ __metadata__: ['a'] }), /__metadata__ is \["a"\]/],
    ['with null as metadata', file({ __metadata__: null }), /__metadata__ is null/],
    ['with a tensor that is none', file({ a: 5 }), /tensor "a" has dtype undefined/],
    ['with an unknown dtype', file({ a: entry({ dtype: 'BF16' }) }), /dtype "BF16": expected one of F32, F16, I8/],
    ["with an object's method as dtype", file({ a: entry({ dtype: 'toString' }) }), /dtype "toString"/],
    ['without a shape', file({ a: entry({ shape: undefined }) }), /has shape undefined/],
    ['with a string as shape', file({ a: entry({ shape: '22' }) }), /has shape "22"/],
    ['with a negative size', file({ a: entry({ shape: [-2, -2] }) }), /has shape \[-2, -2\]/],
    ['with a broken size', file({ a: entry({ shape: [0.5, 8] }) }), /has shape \[0.5, 8\]/],
    ['with a huge size', file({ a: entry({ shape: [1e300] }) }), /has shape \[1e\+300\]/],
    ['with a product that overflows', file({ a: entry({ shape: [2 ** 40, 2 ** 40, 0] }) }), /has shape/],
    ['with a hundred dimensions', file({ a: entry({ shape: Array(100).fill(1) }) }), /has shape \[1, 1, 1, 1, 1, 1, 1, 1, \.\.\.\]/],
    ['with nested sizes', file({ a: entry({ shape: [[2], [2]] }) }), /has shape \[\[\.\.\.\], \[\.\.\.\]\]/],
    ['without offsets', file({ a: entry({ data_offsets: undefined }) }), /lies at bytes undefined/],
    ['with one offset', file({ a: entry({ data_offsets: [0] }) }), /lies at bytes \[0\]/],
    [
      'with offsets backwards',
      file({ a: entry({ data_offsets: [16, 0] }) }),
      /lies at bytes \[16, 0\]: expected a begin and an end 16 bytes on/,
    ],
    ['with negative offsets', file({ a: entry({ data_offsets: [-16, 0] }) }), /lies at bytes \[-16, 0\]/],
    ['with strings as offsets', file({ a: entry({ data_offsets: ['0', '16'] }) }), /lies at bytes \["0", "16"\]/],
    ['with offsets outside of the file', file({ a: entry({ shape: [5], data_offsets: [0, 20] }) }), /take 20 bytes, the file holds 16/],
    [
      'with offsets of another size',
      file({ a: entry({ data_offsets: [0, 12] }) }),
      /expected a begin and an end 16 bytes on, for F32 \[2, 2\]/,
    ],
    [
      'with a hole',
      file({ a: entry({ shape: [1], data_offsets: [0, 4] }), b: entry({ shape: [2], data_offsets: [8, 16] }) }),
      /"b" begins at byte 8, after a hole: expected 4/,
    ],
    [
      'with an overlap',
      file({ a: entry(), b: entry({ shape: [1], data_offsets: [8, 12] }) }),
      /"b" begins at byte 8, inside of the one before: expected 16/,
    ],
    [
      'with I8 but no scales',
      file({ a: i8 }, new Uint8Array(4)),
      /I8 tensor "a" needs an F32 tensor "a.scale" with one scale for each of its 2 channels/,
    ],
    [
      'with too few scales',
      file({ a: { ...i8, data_offsets: [4, 8] }, 'a.scale': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, new Uint8Array(8)),
      /needs an F32 tensor "a.scale"/,
    ],
    ['with an I8 scalar', file({ a: { dtype: 'I8', shape: [], data_offsets: [0, 1] } }, new Uint8Array(1)), /each of its missing channels/],
  ])('%s', (_, bytes, message) => {
    let error: unknown;
    try {
      readSafetensors(bytes, 'bad.safetensors');
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ModelError);
    const text = (error as Error).message;
    expect(text).toMatch(message);
    expect(text).toMatch(/^bad\.safetensors: [^\n]{10,300}$/);
  });

  it('a name with control characters cannot break the message into lines', () => {
    const bytes = file({ ['x\n\u001b[31m\u2028' + 'y'.repeat(1e5)]: entry({ dtype: 'Z' }) });
    expect(() => readSafetensors(bytes)).toThrow(/^model: tensor "x\\n\\u001b\[31m\\u2028y{1,80}"\.\.\. has dtype "Z"[ -~]*$/);
  });
});
