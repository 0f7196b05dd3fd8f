/** Writers of tiny checkpoints in both of PyTorch's formats, byte by byte, so that tests can make hostile ones too. */
import { crc32 } from '../../src/base/crc32.ts';

export function concat(...parts: (Uint8Array | number[] | string)[]): Uint8Array {
  const chunks = parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : Uint8Array.from(part)));
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** A number as `bytes` little-endian bytes. */
export function little(value: number | bigint, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
}

/** A pickled value: its opcodes. */
export type Pickled = Uint8Array;

const MARK = '(';

/** Opcodes as Python's pickler writes them under protocol 2, without the memo. */
export const py = {
  none: concat('N'),
  false: concat([0x89]),
  int: (value: number) => concat('J', little(value, 4)),
  long: (value: bigint, bytes: number) => concat([0x8a, bytes], little(value, bytes)),
  string: (text: string) => concat('X', little(new TextEncoder().encode(text).length, 4), text),
  tuple: (...items: Pickled[]) => concat(MARK, ...items, 't'),
  list: (...items: Pickled[]) => concat(']', MARK, ...items, 'e'),
  dict: (entries: [string, Pickled][]) => concat('}', MARK, ...entries.flatMap(([key, value]) => [py.string(key), value]), 'u'),
  global: (module: string, name: string) => concat(`c${module}\n${name}\n`),
  call: (callee: Pickled, ...args: Pickled[]) => concat(callee, py.tuple(...args), 'R'),
  build: (object: Pickled, state: Pickled) => concat(object, state, 'b'),
  orderedDict: () => py.call(py.global('collections', 'OrderedDict')),
};

export function pickle(value: Pickled, protocol = 2): Uint8Array {
  return concat([0x80, protocol], value, '.');
}

export interface StorageSpec {
  key?: string;
  type?: string;
  count: number;
  /** Legacy files end the id of a storage with what it views. */
  legacy?: boolean;
}

export function storage({ key = '0', type = 'FloatStorage', count, legacy = false }: StorageSpec): Pickled {
  const id = [py.string('storage'), py.global('torch', type), py.string(key), py.string('cpu'), py.int(count)];
  return concat(py.tuple(...id, ...(legacy ? [py.none] : [])), 'Q');
}

export function tensor(spec: StorageSpec, shape: number[], strides: number[] = contiguous(shape), offset = 0): Pickled {
  const tuple = (numbers: number[]) => py.tuple(...numbers.map(py.int));
  return py.call(
    py.global('torch._utils', '_rebuild_tensor_v2'),
    storage(spec),
    py.int(offset),
    tuple(shape),
    tuple(strides),
    py.false,
    py.orderedDict(),
  );
}

export function contiguous(shape: number[]): number[] {
  return shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
}

export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** A checkpoint in the zip format. */
export function zipCheckpoint(value: Pickled, storages: Record<string, Uint8Array>, byteOrder = 'little'): Uint8Array {
  return zip([
    { name: 'net/data.pkl', data: pickle(value) },
    { name: 'net/byteorder', data: concat(byteOrder) },
    ...Object.entries(storages).map(([key, data]) => ({ name: `net/data/${key}`, data })),
  ]);
}

/** A checkpoint in the legacy format; `counts` are the storages' numbers. */
export function legacyCheckpoint(value: Pickled, storages: Record<string, { count: number; data: Uint8Array }>): Uint8Array {
  return concat(
    pickle(py.long(0x1950a86a20f9469cfc6cn, 10)),
    pickle(py.int(1001)),
    pickle(py.dict([['little_endian', concat([0x88])]])),
    pickle(value),
    pickle(py.list(...Object.keys(storages).map(py.string))),
    ...Object.values(storages).flatMap(({ count, data }) => [little(count, 8), data]),
  );
}

export interface ZipEntry {
  name: string;
  data: Uint8Array;
  method?: number;
  flags?: number;
}

/** A zip file of stored entries, with 64-bit fields if `zip64`. */
export function zip(entries: ZipEntry[], { zip64 = false, comment = '' } = {}): Uint8Array {
  const body: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data, method = 0, flags = 0 } of entries) {
    const nameLength = new TextEncoder().encode(name).length;
    const common = [...little(flags, 2), ...little(method, 2), ...little(0, 4), ...little(crc32(data), 4)];
    const sizes = [...little(data.length, 4), ...little(data.length, 4)];
    const local = concat('PK\x03\x04', little(20, 2), common, sizes, little(nameLength, 2), little(4, 2), name, [0x46, 0x42, 0, 0], data);
    const extra = zip64
      ? [...little(1, 2), ...little(24, 2), ...little(data.length, 8), ...little(data.length, 8), ...little(offset, 8)]
      : [];
    directory.push(
      concat(
        'PK\x01\x02',
        little(20, 2),
        little(20, 2),
        common,
        zip64 ? little(0xffffffffffffffffn, 8) : sizes,
        little(nameLength, 2),
        little(extra.length, 2),
        little(0, 10),
        zip64 ? little(0xffffffff, 4) : little(offset, 4),
        name,
        extra,
      ),
    );
    body.push(local);
    offset += local.length;
  }
  const records = concat(...directory);
  const at = offset;
  const end64 = zip64
    ? concat(
        'PK\x06\x06',
        little(44, 8),
        little(0, 12),
        little(entries.length, 8),
        little(entries.length, 8),
        little(records.length, 8),
        little(at, 8),
      )
    : [];
  const locator = zip64 ? concat('PK\x06\x07', little(0, 4), little(at + records.length, 8), little(1, 4)) : [];
  const count = zip64 ? 0xffff : entries.length;
  const end = concat(
    'PK\x05\x06',
    little(0, 4),
    little(count, 2),
    little(count, 2),
    little(zip64 ? 0xffffffff : records.length, 4),
    little(zip64 ? 0xffffffff : at, 4),
    little(comment.length, 2),
    comment,
  );
  return concat(...body, records, end64, locator, end);
}
