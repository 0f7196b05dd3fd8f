/** MATLAB files as the tests need them: version 5 written by hand, version 7.3 through the HDF5 library. */
import { deflateSync } from 'node:zlib';
import h5wasm, { type Group, type Reference } from 'h5wasm/node';

/** Column by column; a text is one row of characters. */
export type Value = { dims: number[]; data: number[] } | string | Value[];

const DOUBLE = 9;
const UINT16 = 4;
const INT32 = 5;
const UINT32 = 6;
const INT8 = 1;
const MATRIX = 14;
const COMPRESSED = 15;

/** @param compress as MATLAB does by default */
export function writeMat5(variables: Record<string, Value>, compress = true): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, made by a test', 'latin1');
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126);
  const matrices = Object.entries(variables).map(([name, value]) => matrix(name, value));
  return Buffer.concat([header, ...matrices.map((bytes) => (compress ? element(COMPRESSED, deflateSync(bytes), false) : bytes))]);
}

function matrix(name: string, value: Value): Buffer {
  const [kind, dims, contents] = Array.isArray(value)
    ? [1, [value.length, 1], value.map((entry) => matrix('', entry))]
    : typeof value === 'string'
      ? [4, [1, value.length], [element(UINT16, Buffer.from(Uint16Array.from(value, (c) => c.charCodeAt(0)).buffer))]]
      : [6, value.dims, [element(DOUBLE, Buffer.from(Float64Array.from(value.data).buffer))]];
  return element(
    MATRIX,
    Buffer.concat([
      element(UINT32, Buffer.from(Uint32Array.of(kind as number, 0).buffer)),
      element(INT32, Buffer.from(Int32Array.from(dims as number[]).buffer)),
      element(INT8, Buffer.from(name, 'latin1')),
      ...(contents as Buffer[]),
    ]),
  );
}

/** Up to four bytes go into the tag. */
function element(type: number, data: Buffer, pad = true): Buffer {
  const small = data.length > 0 && data.length <= 4;
  const tag = Buffer.alloc(small ? 4 : 8);
  if (small) tag.writeUInt32LE((data.length << 16) | type);
  else {
    tag.writeUInt32LE(type);
    tag.writeUInt32LE(data.length, 4);
  }
  const bytes = Buffer.concat([tag, data]);
  return pad ? Buffer.concat([bytes, Buffer.alloc(-bytes.length & 7)]) : bytes;
}

/** Arrays of doubles, bytes for cells' entries. */
export async function writeMat73(path: string, variables: Record<string, Value>): Promise<void> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, 'w');
  const entries = file.create_group('#refs#');
  for (const [name, value] of Object.entries(variables)) {
    if (Array.isArray(value)) {
      const references = value.map((entry, i): Reference => write(entries, `${name}${i}`, entry).create_reference());
      file.create_dataset({ name, data: references, shape: [1, references.length] });
    } else write(file, name, value);
  }
  file.close();
}

function write(group: Group, name: string, value: Value) {
  if (Array.isArray(value)) throw new TypeError('no cells within cells');
  const data = typeof value === 'string' ? Uint16Array.from(value, (c) => c.charCodeAt(0)) : Float64Array.from(value.data);
  const dims = typeof value === 'string' ? [1, value.length] : value.dims;
  return group.create_dataset({ name, data, shape: [...dims].reverse() });
}
