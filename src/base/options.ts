/**
 * How arguments are checked where they come in, once: a rule for each value, a table of rules for each function's options.
 * A rule gives the value back, or what it was read to, so that nothing behind the edge reads the caller's objects again.
 */
import { ArgumentError, ours, reasonOf } from './errors.ts';
import { quote } from './quote.ts';
import type { Box, Landmark, Point } from './types.ts';

/** @throws ArgumentError that says `name`, the value, and what would do */
export type Rule<T> = (value: unknown, name: string) => T;

/** A rule for each option. */
export type Table<Options> = { readonly [Name in keyof Options]-?: Rule<Exclude<Options[Name], undefined>> };

/** The rule of all values that `accepts` says yes to. */
export function rule<T>(expected: string, accepts: (value: unknown) => boolean): Rule<T> {
  return (value, name) => {
    if (accepts(value)) return value as T;
    throw new ArgumentError(`${name} ${quote(value)} is not ${expected}`);
  };
}

export function number(least: number, most: number): Rule<number> {
  const range = most === Infinity ? `of ${least} or more` : `from ${least} to ${most}`;
  return rule(`a number ${range}`, (value) => typeof value === 'number' && value >= least && value <= most);
}

export function wholeNumber(least: number, most: number): Rule<number> {
  return rule(
    `a whole number from ${least} to ${most}`,
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

export function oneOf<T extends string>(...names: readonly T[]): Rule<T> {
  return rule(`one of ${names.join(', ')}`, (value) => names.includes(value as T));
}

export const flag: Rule<boolean> = rule('true or false', (value) => typeof value === 'boolean');
export const text: Rule<string> = rule('a text', (value) => typeof value === 'string');
/** The path of a file or folder. */
export const path: Rule<string> = rule('a path', (value) => typeof value === 'string' && value !== '' && !value.includes('\0'));
/** A function of the caller's; what it takes and gives can't be seen from outside. */
export const callback: Rule<never> = rule('a function', (value) => typeof value === 'function');

/** Lists of values that each follow a rule; an option named `limit` says how many there may be. */
export function listOf<T>(item: Rule<T>, what: string, most = Infinity, limit = ''): Rule<T[]> {
  const list = rule<unknown[]>(`a list of ${what}`, Array.isArray);
  return (value, name) => {
    const { length } = list(value, name);
    if (length > most) throw new ArgumentError(`${name} has ${length} ${what}, more than ${most}: give fewer, or raise ${limit}`);
    // Holes count, unlike with `map`.
    return Array.from({ length }, (_, i) => property(value as unknown[], i, `${name}[${i}]`, item));
  };
}

/** Objects whose properties follow a table; what else they hold is left behind. */
export function objectOf<T extends object>(table: Table<T>, required: readonly (keyof T & string)[]): Rule<T> {
  const object = rule<object>(`an object { ${Object.keys(table).join(', ')} }`, (value) => typeof value === 'object' && value !== null);
  return (value, name) => known(object(value, name), table, required, `${name}.`);
}

export const finite: Rule<number> = rule('a finite number', Number.isFinite);

const SIDES = ['x', 'y', 'width', 'height'] as const;
const anyBox = objectOf<Box>({ x: as, y: as, width: as, height: as }, SIDES);

/** A rectangle in pixels of the picture, perhaps an empty one. */
export const rectangle: Rule<Box> = (value, name) => {
  const box = anyBox(value, name);
  if (SIDES.every((side) => Number.isFinite(box[side]))) return box;
  throw new ArgumentError(`${name} ${describeBox(box)} must have finite coordinates`);
};

/** A rectangle that isn't empty. */
export const box: Rule<Box> = (value, name) => {
  const box = rectangle(value, name);
  if (box.width > 0 && box.height > 0) return box;
  throw new ArgumentError(`${name} ${describeBox(box)} must have a width and height above 0`);
};

/** A place in pixels of the picture. */
export const point = objectOf<Point>({ x: finite, y: finite }, ['x', 'y']);
export const landmark = objectOf<Landmark>({ x: finite, y: finite, score: number(0, 1) }, ['x', 'y', 'score']);

export function describeBox(box: Box): string {
  return `${SIDES.map((side) => quote(box[side])).join()} (x,y,width,height)`;
}

/** The rule that takes everything. */
function as(value: unknown): never {
  return value as never;
}

/**
 * Applies a rule to what may be anything at all.
 *
 * @throws ArgumentError also where a getter or proxy of the value throws
 */
export function read<T>(value: unknown, name: string, rule: Rule<T>): T {
  try {
    return rule(value, name);
  } catch (error) {
    throw ours(error) ?? new ArgumentError(`${name} ${quote(value)} can't be read (${reasonOf(error)})`, { cause: error });
  }
}

/**
 * The options that a function was given; those that are undefined are left out.
 *
 * @param of the function, for messages
 * @throws ArgumentError for a name that the table doesn't have, a value that its rule refuses, a required option that is missing
 */
export function readOptions<Options extends object>(
  given: unknown,
  table: Table<Options>,
  of: string,
  required: readonly (keyof Options & string)[] = [],
): Options {
  return read(given === undefined ? {} : given, `the options of ${of}`, (value, name) => {
    // Dates, promises and lists are objects too, and have none of the names.
    const options = rule<Record<string, unknown>>('an object such as { name: value }', isRecord)(value, name);
    const names = Object.keys(table);
    const unknown = Object.keys(options).find((key) => !names.includes(key));
    if (unknown !== undefined)
      throw new ArgumentError(
        `unknown option ${quote(unknown)} of ${of}: did you mean ${nearest(unknown, names)}? It takes ${names.join(', ')}`,
      );
    return known(options, table, required);
  });
}

/** The table's properties of an object that may have others too. */
export function known<T extends object>(given: object, table: Table<T>, required: readonly (keyof T & string)[] = [], prefix = ''): T {
  const read: Partial<T> = {};
  for (const key of Object.keys(table) as (keyof T & string)[]) {
    const optional: Rule<T[typeof key] | undefined> = (value, name) =>
      value === undefined && !required.includes(key) ? undefined : table[key](value, name);
    const value = property(given as T, key, prefix + key, optional);
    if (value !== undefined) read[key] = value;
  }
  return read as T;
}

/** A rule's word on a property, which may have a getter. */
function property<T extends object, Read>(of: T, key: keyof T, name: string, rule: Rule<Read>): Read {
  return read(of, name, () => rule(of[key], name));
}

function isRecord(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** Of the names the one that takes the fewest changes of letters. */
function nearest(word: string, names: string[]): string {
  const distances = names.map((name) => distanceOf(word.slice(0, 40).toLowerCase(), name.toLowerCase()));
  return names[distances.indexOf(Math.min(...distances))];
}

/** Letters to put in, leave out or exchange (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) next.push(Math.min(next[j] + 1, row[j + 1] + 1, row[j] + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}
