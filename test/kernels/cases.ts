/** Tables of cases, and choices that many of them share. */
import { ACTIVATION_CODES } from '../../src/wasm/kernels.ts';
import type { Activation } from '../../src/network/graph.ts';
import { fnv1a, mulberry32, uniform } from '../reference/random.ts';

/** Few are multiples of 4 or 8, the widths of a register and of a panel of weights. */
export const CHANNELS = [1, 2, 3, 5, 7, 8, 12, 17, 33];

/** [height, width], some smaller than a kernel. */
export const SIZES: [number, number][] = [
  [1, 1],
  [1, 6],
  [7, 1],
  [2, 2],
  [3, 3],
  [4, 5],
  [5, 12],
  [9, 8],
  [8, 13],
];

export const ACTIVATIONS = Object.keys(ACTIVATION_CODES) as Activation[];

export const PADDINGS = ['none', 'same', 'full'] as const;

export function paddingOf(padding: (typeof PADDINGS)[number], kernel: number): number {
  return { none: 0, same: (kernel - 1) >> 1, full: kernel - 1 }[padding];
}

/** Parts of an output, as shares of it; the last is empty. */
export const RANGES: [number, number][] = [
  [0, 1],
  [0, 1],
  [0, 0.6],
  [0.3, 0.7],
  [0.5, 1],
  [0.4, 0.4],
];

export function rangeOf([begin, end]: [number, number], length: number): [begin: number, end: number] {
  return [Math.round(begin * length), Math.round(end * length)];
}

type Case<Choices extends Record<string, readonly unknown[]>> = { [Key in keyof Choices]: Choices[Key][number] };

/**
 * `count` cases, each property one of its choices. A property's choices are dealt from a shuffled deck, so that each
 * comes up as often as any other. Cases that aren't `possible` are left out.
 */
export function draw<Choices extends Record<string, readonly unknown[]>>(
  count: number,
  choices: Choices,
  possible: (drawn: Case<Choices>) => boolean = () => true,
): Case<Choices>[] {
  const random = mulberry32(fnv1a(JSON.stringify(choices)));
  const decks = new Map<string, unknown[]>();
  const deal = (key: string): unknown => {
    const deck = decks.get(key)?.length ? decks.get(key)! : [...choices[key]];
    decks.set(key, deck);
    return deck.splice(Math.floor(random() * deck.length), 1)[0];
  };
  const cases: Case<Choices>[] = [];
  while (cases.length < count) {
    const drawn = Object.fromEntries(Object.keys(choices).map((key) => [key, deal(key)])) as Case<Choices>;
    if (possible(drawn)) cases.push(drawn);
  }
  return cases;
}

/** The random numbers of one case. */
export function randomOf(drawn: object): () => number {
  return mulberry32(fnv1a(JSON.stringify(drawn)));
}

/** Weights for sums of `terms` products with inputs of -4 .. 4: of a size that reaches every part of every activation. */
export function weightsFor(random: () => number, length: number, terms: number): Float32Array {
  const bound = 2 / Math.sqrt(terms);
  return uniform(random, length, -bound, bound);
}
