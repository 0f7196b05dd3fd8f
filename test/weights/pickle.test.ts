import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.ts';
import { ByteReader } from '../../src/weights/bytes.ts';
import { PickleGlobal, readPickle } from '../../src/weights/pickle.ts';
import { concat, little, pickle, py } from './files.ts';

const host = {
  globals: new Map([
    ['collections.OrderedDict', new PickleGlobal('collections.OrderedDict', () => new Map())],
    ['torch.FloatStorage', new PickleGlobal('torch.FloatStorage')],
  ]),
  persistent: (id: unknown) => ({ id }),
};
const read = (bytes: Uint8Array) => readPickle(new ByteReader(bytes, 'net.pth'), host);

describe('what a state dict needs', () => {
  it.each<[string, Uint8Array, unknown]>([
    ['None', py.none, null],
    ['a float', concat('G', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]), 1.5],
    ['a negative integer', py.int(-7), -7],
    ['a byte and a short', py.tuple(concat('K', [200]), concat('M', [1, 2])), [200, 513]],
    ['a long', py.long(-2n, 3), -2],
    ['a long of no bytes', py.long(0n, 0), 0],
    ['a long beyond doubles', py.long(0x1950a86a20f9469cfc6cn, 10), 0x1950a86a20f9469cfc6cn],
    ['a string', py.string('Gewicht ß'), 'Gewicht ß'],
    [
      'short tuples',
      py.tuple(concat(py.int(1), [0x85]), concat(py.int(1), py.int(2), [0x86]), concat(py.int(1), py.int(2), py.int(3), [0x87])),
      [[1], [1, 2], [1, 2, 3]],
    ],
    ['a list', py.list(py.int(1), py.none), [1, null]],
    ['a list, item by item', concat(']', py.int(1), 'a'), [1]],
    [
      'a dict',
      py.dict([
        ['a', py.int(1)],
        ['__proto__', py.int(2)],
      ]),
      new Map([
        ['a', 1],
        ['__proto__', 2],
      ]),
    ],
    ['a dict, item by item', concat('}', py.string('a'), py.int(1), 's'), new Map([['a', 1]])],
    ['the memo', concat(py.string('x'), 'q', [3], 'r', little(70000, 4), 'h', [3], 'j', little(70000, 4), [0x87]), ['x', 'x', 'x']],
    ['attributes of an OrderedDict, which are ignored', py.build(py.orderedDict(), py.dict([['_metadata', py.orderedDict()]])), new Map()],
    ['a persistent id', concat(py.string('x'), 'Q'), { id: 'x' }],
    ["protocol 4's frame, short strings and memo", concat([0x95], little(9, 8), [0x8c, 1], 'x', [0x94], 'h', [0], [0x86]), ['x', 'x']],
    ["protocol 4's globals", concat(py.string('collections'), py.string('OrderedDict'), [0x93], ')R'), new Map()],
  ])('%s', (_, value, expected) => {
    expect(read(pickle(value))).toEqual(expected);
  });
});

describe('what is refused', () => {
  const evil = py.call(py.global('os', 'system'), py.string('touch /tmp/owned'));

  it.each<[string, Uint8Array, RegExp]>([
    ['os.system', pickle(evil), /refused global os\.system:/],
    ['os.system deep inside', pickle(py.dict([['weight', py.list(evil)]])), /refused global os\.system/],
    ['posix.system by protocol 4', pickle(concat(py.string('posix'), py.string('system'), [0x93]), 4), /refused global posix\.system/],
    ['builtins.eval', pickle(py.call(py.global('builtins', 'eval'), py.string('1'))), /refused global builtins\.eval/],
    [
      'a pickled module',
      pickle(py.global('networks', 'Pip_resnet18')),
      /refused global networks\.Pip_resnet18: .*torch\.save\(model\.state_dict\(\), path\)/,
    ],
    ['a global with control characters', pickle(py.global('a\r\u001b[2J', 'b')), /refused global a\\r\\u001b\[2J\.b/],
    ['a global of what are no strings', pickle(concat(py.none, py.int(1), [0x93])), /refused global/],
    ['INST', pickle(concat('(', 'ios\nsystem\n')), /refused pickle opcode INST/],
    ['OBJ', pickle(concat('(', py.global('collections', 'OrderedDict'), 'o')), /refused pickle opcode OBJ/],
    ['NEWOBJ', pickle(concat(py.orderedDict(), ')', [0x81])), /refused pickle opcode NEWOBJ/],
    ['extensions', pickle(concat([0x82, 1])), /refused pickle opcode EXT1/],
    ['an unknown opcode', pickle(concat([0xfe])), /refused pickle opcode 0xfe at byte 2/],
    ['protocol 6', pickle(py.none, 6), /refused pickle protocol 6/],
    ['calling a type', pickle(py.call(py.global('torch', 'FloatStorage'))), /damaged: a call of what is no function/],
    ['calling a string', pickle(concat(py.string('x'), ')R')), /a call of what is no function/],
    ['calling with a dict', pickle(concat(py.global('collections', 'OrderedDict'), '}R')), /a call of what is no function/],
    ['attributes of a list', pickle(py.build(py.list(), py.none)), /attributes of what is no dict/],
    ['an empty stack', pickle(concat([0x85])), /too little on the stack/],
    ['a stack cut by a mark', pickle(concat(py.int(1), '(', [0x85])), /too little on the stack/],
    ['no result', concat([0x80, 2], '.'), /too little on the stack/],
    ['a tuple without mark', pickle(concat(py.int(1), 't')), /no mark on the stack/],
    ['appending to None', pickle(concat(py.none, py.none, 'a')), /no list to append to/],
    ['filling a list', pickle(concat(']', py.none, py.none, 's')), /no dict to fill/],
    ['a key without value', pickle(concat('}(', py.none, 'u')), /no dict to fill, or a key without a value/],
    ['an empty memo', pickle(concat('h', [9])), /nothing at place 9 of the memo/],
    ['a string longer than the file', pickle(concat('X', little(2 ** 32 - 1, 4), 'abc')), /4294967295 bytes expected/],
    ['a string that is not UTF-8', pickle(concat('X', little(2, 4), [0xff, 0xff])), /not UTF-8/],
    ['a global without end', pickle(concat('cos')), /no line ends/],
    ['no end', concat([0x80, 2], 'N'), /cut short/],
    ['a pickle that never ends', concat(new Uint8Array(1_000_001).fill(0x4e)), /more than 1000000 opcodes/],
    ['marks without end', concat(new Uint8Array(1_000_001).fill(0x28)), /more than 1000000 opcodes/],
  ])('%s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(message);
    expect(() => read(bytes)).toThrow(ModelError);
    expect(() => read(bytes)).toThrow(/^net\.pth: [ -~]+$/);
  });

  it('a list that holds itself does no harm', () => {
    const list = read(pickle(concat(']q', [0], 'h', [0], 'a'))) as unknown[];
    expect(list[0]).toBe(list);
  });
});
