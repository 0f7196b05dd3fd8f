import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.ts';
import { readCheckpoint } from '../../src/weights/checkpoint.ts';
import { readModel } from '../../src/weights/model.ts';
import { readSafetensors, writeSafetensors } from '../../src/weights/safetensors.ts';
import { mulberry32, uniform } from '../reference/random.ts';
import { floats, legacyCheckpoint, py, tensor, zipCheckpoint } from './files.ts';

const RUNS = 600;

const weights = new Map([
  ['a.weight', { shape: [2, 3], data: uniform(mulberry32(1), 6) }],
  ['a.bias', { shape: [2], data: uniform(mulberry32(2), 2) }],
]);
const metadata = { format: 'pipnet-wasm', version: '1', architecture: 'faceboxesv2', licence: 'MIT' };
const stateDict = (legacy: boolean) =>
  py.dict([
    ['module.w', tensor({ count: 6, legacy }, [2, 3], [1, 2])],
    ['module.b', tensor({ key: '1', type: 'HalfStorage', count: 3, legacy }, [2], [1], 1)],
  ]);
const numbers = floats(1, 2, 3, 4, 5, 6);
const halves = new Uint8Array(6);

const files: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ['safetensors, f32', writeSafetensors(weights, metadata, 'f32'), readSafetensors],
  ['safetensors, i8', writeSafetensors(weights, metadata, 'i8'), readSafetensors],
  ['a model file', writeSafetensors(weights, metadata, 'f16'), readModel],
  ['a zip checkpoint', zipCheckpoint(stateDict(false), { 0: numbers, 1: halves }), readCheckpoint],
  [
    'a legacy checkpoint',
    legacyCheckpoint(stateDict(true), { 0: { count: 6, data: numbers }, 1: { count: 3, data: halves } }),
    readCheckpoint,
  ],
];

/** Bytes flipped or set to what often matters, sometimes cut, sometimes a piece of the file put elsewhere in it. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  const mutant = bytes.slice(0, random() < 0.2 ? below(bytes.length + 1) : bytes.length);
  for (let edits = 1 + below(4); edits > 0 && mutant.length > 0; edits--) {
    const at = below(mutant.length);
    if (random() < 0.2) mutant.copyWithin(at, below(mutant.length), below(mutant.length));
    else mutant[at] = random() < 0.5 ? mutant[at] ^ (1 << below(8)) : [0, 0xff, 0x7f, 0x28, 0x2e][below(5)];
  }
  return mutant;
}

describe(`${RUNS} mutants each, none of which may do anything but be read or be refused by a ModelError`, () => {
  it.each(files)('%s', (_, bytes, read) => {
    const random = mulberry32(7);
    const strangers: unknown[] = [];
    let refused = 0;
    for (let run = 0; run < RUNS; run++) {
      try {
        read(mutate(bytes, random));
      } catch (error) {
        refused++;
        if (!(error instanceof ModelError) || /\n/.test(error.message) || error.message.length > 1000) strangers.push(error);
      }
    }
    expect(strangers).toEqual([]);
    expect(refused).toBeGreaterThan(RUNS / 4);
  });
});
