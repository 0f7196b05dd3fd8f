/**
 * A reader for Python pickles that only builds data: None, booleans, numbers, strings, lists and tuples (arrays),
 * dicts (maps), and whatever the host makes of the few globals that it knows. Nothing is ever executed: any other
 * opcode or global is refused by its name.
 */
import type { ByteReader } from './bytes.ts';
import { quote } from '../base/quote.ts';

/** A global such as `collections.OrderedDict`: what calling it gives, if it may be called. */
export class PickleGlobal {
  readonly name: string;
  readonly call: ((args: unknown[]) => unknown) | undefined;

  constructor(name: string, call?: (args: unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

export interface PickleHost {
  /** The globals that may appear, by dotted name. */
  globals: ReadonlyMap<string, PickleGlobal>;
  /** The object that a persistent id stands for. */
  persistent(id: unknown): unknown;
}

/** Some 30 times what the largest state dict needs; bounds stack, memo and objects too, as each takes an opcode. */
const MAX_OPCODES = 1_000_000;

const MAX_PROTOCOL = 5;

const HINT = 'only state dicts of tensors are read: save one with torch.save(model.state_dict(), path)';

const OP = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BINFLOAT: 0x47,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINUNICODE: 0x58,
  EMPTY_LIST: 0x5d,
  APPEND: 0x61,
  BUILD: 0x62,
  GLOBAL: 0x63,
  APPENDS: 0x65,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
  SHORT_BINUNICODE: 0x8c,
  STACK_GLOBAL: 0x93,
  MEMOIZE: 0x94,
  FRAME: 0x95,
} as const;

/** For messages only: the opcodes that we refuse. */
const REFUSED: Record<number, string> = {
  0x30: 'POP',
  0x31: 'POP_MARK',
  0x32: 'DUP',
  0x42: 'BINBYTES',
  0x43: 'SHORT_BINBYTES',
  0x46: 'FLOAT',
  0x49: 'INT',
  0x4c: 'LONG',
  0x50: 'PERSID',
  0x53: 'STRING',
  0x54: 'BINSTRING',
  0x55: 'SHORT_BINSTRING',
  0x56: 'UNICODE',
  0x64: 'DICT',
  0x67: 'GET',
  0x69: 'INST',
  0x6c: 'LIST',
  0x6f: 'OBJ',
  0x70: 'PUT',
  0x81: 'NEWOBJ',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x8b: 'LONG4',
  0x8d: 'BINUNICODE8',
  0x8e: 'BINBYTES8',
  0x8f: 'EMPTY_SET',
  0x90: 'ADDITEMS',
  0x91: 'FROZENSET',
  0x92: 'NEWOBJ_EX',
  0x96: 'BYTEARRAY8',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER',
};

/**
 * Reads one pickle and leaves the reader behind it. Dicts come as `Map`, tuples and lists as arrays, integers of more
 * than 48 bits as `bigint`.
 *
 * @throws ModelError for a damaged pickle, and for what it may not hold
 */
export function readPickle(reader: ByteReader, host: PickleHost): unknown {
  const machine = new PickleMachine(reader, host);
  for (let count = 0; count < MAX_OPCODES; count++) {
    const opcode = reader.u8();
    if (opcode === OP.STOP) return machine.pop();
    machine.step(opcode);
  }
  throw reader.error(`its pickle has more than ${MAX_OPCODES} opcodes: save the state dict alone`);
}

class PickleMachine {
  readonly #reader: ByteReader;
  readonly #host: PickleHost;
  readonly #memo = new Map<number, unknown>();
  /** What was pushed since the last mark, and the stacks below the marks. */
  #stack: unknown[] = [];
  readonly #below: unknown[][] = [];

  constructor(reader: ByteReader, host: PickleHost) {
    this.#reader = reader;
    this.#host = host;
  }

  step(opcode: number): void {
    const reader = this.#reader;
    switch (opcode) {
      case OP.PROTO: {
        const protocol = reader.u8();
        if (protocol > MAX_PROTOCOL) throw reader.error(`refused pickle protocol ${protocol}: save with torch.save's own, 2`);
        return;
      }
      case OP.FRAME:
        return void reader.u64();

      case OP.NONE:
        return this.#push(null);
      case OP.NEWTRUE:
        return this.#push(true);
      case OP.NEWFALSE:
        return this.#push(false);
      case OP.BININT:
        return this.#push(reader.i32());
      case OP.BININT1:
        return this.#push(reader.u8());
      case OP.BININT2:
        return this.#push(reader.u16());
      case OP.LONG1:
        return this.#push(toInteger(reader.take(reader.u8())));
      case OP.BINFLOAT:
        return this.#push(reader.f64BigEndian());
      case OP.BINUNICODE:
        return this.#push(reader.text(reader.u32()));
      case OP.SHORT_BINUNICODE:
        return this.#push(reader.text(reader.u8()));

      case OP.MARK:
        this.#below.push(this.#stack);
        this.#stack = [];
        return;
      case OP.EMPTY_TUPLE:
      case OP.EMPTY_LIST:
        return this.#push([]);
      case OP.TUPLE:
        return this.#push(this.#popToMark());
      case OP.TUPLE1:
        return this.#push(this.#popMany(1));
      case OP.TUPLE2:
        return this.#push(this.#popMany(2));
      case OP.TUPLE3:
        return this.#push(this.#popMany(3));
      case OP.APPEND:
        return this.#append(this.#popMany(1));
      case OP.APPENDS:
        return this.#append(this.#popToMark());
      case OP.EMPTY_DICT:
        return this.#push(new Map());
      case OP.SETITEM:
        return this.#setItems(this.#popMany(2));
      case OP.SETITEMS:
        return this.#setItems(this.#popToMark());

      case OP.BINPUT:
        return this.#memorise(reader.u8());
      case OP.LONG_BINPUT:
        return this.#memorise(reader.u32());
      case OP.MEMOIZE:
        return this.#memorise(this.#memo.size);
      case OP.BINGET:
        return this.#recall(reader.u8());
      case OP.LONG_BINGET:
        return this.#recall(reader.u32());

      case OP.GLOBAL:
        return this.#push(this.#global(reader.line(), reader.line()));
      case OP.STACK_GLOBAL: {
        const [module, name] = this.#popMany(2);
        return this.#push(this.#global(module, name));
      }
      case OP.BINPERSID:
        return this.#push(this.#host.persistent(this.pop()));
      case OP.REDUCE: {
        const [callee, args] = this.#popMany(2);
        if (!(callee instanceof PickleGlobal && callee.call && Array.isArray(args))) throw this.#damaged('a call of what is no function');
        return this.#push(callee.call(args));
      }
      case OP.BUILD: {
        // An OrderedDict's attributes (`_metadata`: versions of modules) mean nothing to us.
        const [object] = this.#popMany(2);
        if (!(object instanceof Map)) throw this.#damaged('attributes of what is no dict');
        return this.#push(object);
      }
      default: {
        const name = REFUSED[opcode] ?? `0x${opcode.toString(16).padStart(2, '0')}`;
        throw reader.error(`refused pickle opcode ${name} at byte ${reader.offset - 1}: damaged, or no state dict: ${HINT}`);
      }
    }
  }

  pop(): unknown {
    return this.#popMany(1)[0];
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length < count) throw this.#damaged('too little on the stack');
    return this.#stack.splice(-count);
  }

  #popToMark(): unknown[] {
    const items = this.#stack;
    const below = this.#below.pop();
    if (below === undefined) throw this.#damaged('no mark on the stack');
    this.#stack = below;
    return items;
  }

  #append(items: unknown[]): void {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw this.#damaged('no list to append to');
    for (const item of items) list.push(item);
  }

  #setItems(items: unknown[]): void {
    const dict = this.#stack.at(-1);
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw this.#damaged('no dict to fill, or a key without a value');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  #memorise(index: number): void {
    const value = this.pop();
    this.#memo.set(index, value);
    this.#push(value);
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#damaged(`nothing at place ${index} of the memo`);
    this.#push(this.#memo.get(index));
  }

  #global(module: unknown, name: unknown): PickleGlobal {
    const dotted = typeof module === 'string' && typeof name === 'string' ? `${module}.${name}` : '';
    const global = this.#host.globals.get(dotted);
    if (!global) throw this.#reader.error(`refused global ${quote(dotted).slice(1, -1)}: ${HINT}`);
    return global;
  }

  #damaged(what: string): Error {
    return this.#reader.error(`damaged: ${what} at byte ${this.#reader.offset - 1}, in its pickle`);
  }
}

/** A signed integer of up to 255 bytes, little-endian. */
function toInteger(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  value = BigInt.asIntN(8 * bytes.length, value);
  return bytes.length <= 6 ? Number(value) : value;
}
