/** What callers pass by mistake or malice, by name. */
const thrower = () => {
  throw new Error('thrown\nby the caller');
};
const cyclic: unknown[] = [];
cyclic.push(cyclic, { cyclic });

/** A proxy none of whose traps returns. */
const hostile = (target: object) =>
  new Proxy(
    target,
    Object.fromEntries(
      Reflect.ownKeys(Reflect)
        .filter((key) => typeof key === 'string')
        .map((trap) => [trap, thrower]),
    ),
  );
const revoked = Proxy.revocable({}, {});
revoked.revoke();

export const NONSENSE: Record<string, unknown> = {
  undefined,
  null: null,
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
  '-1': -1,
  '0.5': 0.5,
  '1e300': 1e300,
  true: true,
  false: false,
  'empty text': '',
  x: 'x',
  NUL: '\0',
  'long text': 'x'.repeat(1e6),
  'text of lines': 'a\nb\x1b[2J',
  '0.6 as text': '0.6',
  "['__proto__']": '__proto__',
  constructor: 'constructor',
  '[]': [],
  '[null]': [null],
  '[[]]': [[]],
  'many holes': new Array(2 ** 32 - 1),
  'many numbers': new Array(1e6).fill(0),
  cyclic,
  '{}': {},
  'without prototype': Object.create(null),
  'throwing getters': Object.defineProperties(
    {},
    Object.fromEntries(
      ['data', 'x', 'box', 'threshold', 'boxes', 'length', 'detect', 'path', 'name', 'add', 'out'].map((name) => [
        name,
        { get: thrower, enumerable: true },
      ]),
    ),
  ),
  'throwing toString': { toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower },
  'throwing tag': {
    get [Symbol.toStringTag]() {
      return thrower();
    },
  },
  'another tag': { [Symbol.toStringTag]: 'URL' },
  'hostile proxy': hostile({}),
  'hostile list': hostile([]),
  'hostile function': hostile(() => {}),
  'revoked proxy': revoked.proxy,
  '() => {}': () => {},
  class: class {},
  symbol: Symbol('s\n'),
  bigint: 1n,
  date: new Date(NaN),
  map: new Map([['threshold', 0]]),
  promise: Promise.resolve({}),
  error: new Error('e'),
  expression: /x/g,
  'boxed number': Object(1),
  'typed array': new Float32Array(4),
  bytes: new Uint8Array(8),
  'no bytes': new Uint8Array(0),
  'array buffer': new ArrayBuffer(8),
  'data view': new DataView(new ArrayBuffer(8)),
  'a frozen box of texts': Object.freeze({ x: '1', y: '1', width: '9', height: '9' }),
  'a web page': new URL('https://localhost:9/x'),
};
