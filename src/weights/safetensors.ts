/**
 * The safetensors format: a JSON header that says where each tensor lies, then the tensors' bytes.
 *
 *   | u64 n | n bytes of JSON, padded with spaces | tensors one after the other, without holes |
 *
 * What our models put into it is `model.ts`.
 */
import { ModelError } from '../base/errors.ts';
import { ByteReader, viewAs } from './bytes.ts';
import { decodeFloat16, encodeFloat16, FLOAT16_MAX } from './float16.ts';
import { decodeInt8, encodeInt8 } from './int8.ts';
import { quote } from '../base/quote.ts';
import { ITEM_BYTES, METADATA, readHeader, type Entry, type StoredDtype } from './safetensors-header.ts';
import type { Dtype, Tensor } from './tensor.ts';

/** The scales of an I8 tensor, one per output channel, are an F32 tensor under its name and this suffix. */
const SCALE_SUFFIX = '.scale';

/** The tensors' bytes begin at a multiple of this, so that they can be viewed in place. */
const ALIGNMENT = 8;

/** Whether a file is meant as safetensors, by its first bytes; it may still be damaged. */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b; // {
}

/**
 * Reads a safetensors file; every tensor comes out as float32. F32 tensors share the memory of `bytes` where that is
 * aligned to 4 bytes; F16 and I8 are expanded, and the scales of I8 tensors don't appear among the tensors.
 *
 * @param label what messages call the file
 * @throws ModelError for a file that is damaged, hostile or of another format
 */
export function readSafetensors(bytes: Uint8Array, label = 'model'): { tensors: Map<string, Tensor>; metadata: Record<string, string> } {
  const reader = new ByteReader(bytes, label);
  const { entries, metadata } = readHeader(reader);
  const data = bytes.subarray(reader.offset);
  const bytesOf = (entry: Entry) => data.subarray(entry.begin, entry.end);

  const scalesOf = (entry: Entry): Float32Array => {
    const name = entry.name + SCALE_SUFFIX;
    const scales = entries.get(name);
    if (scales?.dtype === 'F32' && scales.shape.length === 1 && scales.shape[0] === entry.shape[0])
      return viewAs(Float32Array, bytesOf(scales));
    throw reader.error(
      `I8 tensor ${quote(entry.name)} needs an F32 tensor ${quote(name)} with one scale for each of its ${entry.shape[0] ?? 'missing'} channels`,
    );
  };
  const decode = (entry: Entry): Float32Array => {
    if (entry.dtype === 'F32') return viewAs(Float32Array, bytesOf(entry));
    if (entry.dtype === 'F16') return decodeFloat16(viewAs(Uint16Array, bytesOf(entry)));
    return decodeInt8(viewAs(Int8Array, bytesOf(entry)), scalesOf(entry));
  };

  const tensors = new Map<string, Tensor>();
  for (const entry of entries.values()) {
    const scales = entry.name.endsWith(SCALE_SUFFIX) && entries.get(entry.name.slice(0, -SCALE_SUFFIX.length))?.dtype === 'I8';
    if (!scales) tensors.set(entry.name, { shape: entry.shape, data: decode(entry) });
  }
  return { tensors, metadata };
}

/**
 * Writes a safetensors file. `dtype` applies to tensors of two or more dimensions; vectors (biases, batch norm) are
 * small and sensitive, and stay F32. Int8 is symmetric with one scale per output channel (see `int8.ts`); where a channel
 * has few weights, as in depthwise convolutions, they stay F16.
 *
 * @throws ModelError for numbers that `dtype` can't hold
 */
export function writeSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata: Record<string, string>, dtype: Dtype): Uint8Array {
  const stored = [...tensors].flatMap(([name, tensor]) => encode(name, tensor, dtype));
  const header = new Map<string, unknown>([[METADATA, metadata]]);
  for (const { name } of stored) {
    if (header.has(name)) throw new ModelError(`can't write two tensors named ${quote(name)}`);
    header.set(name, undefined);
  }

  // The widest numbers first: so all are aligned although holes aren't allowed.
  let size = 0;
  const laidOut = stored.sort((a, b) => ITEM_BYTES[b.dtype] - ITEM_BYTES[a.dtype]);
  for (const { name, dtype, shape, bytes } of laidOut) {
    header.set(name, { dtype, shape, data_offsets: [size, size + bytes.length] });
    size += bytes.length;
  }

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const jsonSize = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(8 + jsonSize + size);
  new DataView(file.buffer).setBigUint64(0, BigInt(jsonSize), true);
  file.fill(0x20, 8, 8 + jsonSize).set(json, 8);
  let offset = 8 + jsonSize;
  for (const { bytes } of laidOut) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

/**
 * Weights of a channel from which int8 pays: nine of them and a scale are hardly smaller than nine halves, and their errors
 * add up to a shift of all landmarks (of 0.1 % of the crop in MobileNetV2).
 */
const LEAST_PER_CHANNEL = 16;

interface Stored {
  name: string;
  dtype: StoredDtype;
  shape: number[];
  bytes: Uint8Array;
}

function encode(name: string, { shape, data }: Tensor, dtype: Dtype): Stored[] {
  if (dtype === 'f32' || shape.length < 2) return [{ name, dtype: 'F32', shape, bytes: bytesOf(data) }];
  if (dtype === 'i8' && data.length < LEAST_PER_CHANNEL * shape[0]) return encode(name, { shape, data }, 'f16');
  const largest = dtype === 'f16' ? FLOAT16_MAX : Number.MAX_VALUE;
  const misfit = data.find((value) => !(Math.abs(value) <= largest));
  if (misfit !== undefined) throw new ModelError(`tensor ${quote(name)} holds ${misfit}, which ${dtype} can't: use f32`);
  if (dtype === 'f16') return [{ name, dtype: 'F16', shape, bytes: bytesOf(encodeFloat16(data)) }];
  const { integers, scales } = encodeInt8(data, shape[0]);
  return [
    { name, dtype: 'I8', shape, bytes: bytesOf(integers) },
    { name: name + SCALE_SUFFIX, dtype: 'F32', shape: [shape[0]], bytes: bytesOf(scales) },
  ];
}

function bytesOf(numbers: Float32Array | Uint16Array | Int8Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
