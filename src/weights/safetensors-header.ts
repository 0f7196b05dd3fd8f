/** The header of a safetensors file, taken for hostile until checked; `safetensors.ts` reads what it describes. */
import type { ByteReader } from './bytes.ts';
import { quote } from '../base/quote.ts';
import { elementCount } from './tensor.ts';

/** The header's one entry that is no tensor. */
export const METADATA = '__metadata__';

/** Bytes per number of the formats that we read. */
export const ITEM_BYTES = { F32: 4, F16: 2, I8: 1 };
export type StoredDtype = keyof typeof ITEM_BYTES;

/** A tensor in the file; `begin` and `end` count bytes from the end of the header. */
export interface Entry {
  name: string;
  dtype: StoredDtype;
  shape: number[];
  begin: number;
  end: number;
}

/** The format allows 100 MB, whose JSON could fill gigabytes; a ResNet-101 needs 0.1 MB. */
const MAX_HEADER_BYTES = 10e6;

/**
 * Reads the header and leaves the reader at the tensors' bytes. The entries cover the rest of the file exactly.
 *
 * @throws ModelError where anything is not as the format says
 */
export function readHeader(reader: ByteReader): { entries: Map<string, Entry>; metadata: Record<string, string> } {
  const { [METADATA]: metadata = {}, ...tensors } = parseJson(reader);
  if (!isObject(metadata)) throw reader.error(`${METADATA} is ${quote(metadata)}, not an object of strings`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw reader.error(`metadata ${quote(key)} is ${quote(value)}, not a string`);
  }
  const entries = new Map(Object.entries(tensors).map(([name, value]) => [name, readEntry(reader, name, value)]));
  checkLayout(reader, [...entries.values()]);
  return { entries, metadata: metadata as Record<string, string> };
}

function parseJson(reader: ByteReader): Record<string, unknown> {
  const length = reader.u64();
  const rest = reader.bytes.length - reader.offset;
  if (length > rest || length > MAX_HEADER_BYTES) {
    const limit = length > rest ? `the file holds ${rest} more` : `the limit is ${MAX_HEADER_BYTES}`;
    throw reader.error(`not a safetensors file, or cut short: its header should have ${length} bytes, ${limit}`);
  }
  const text = reader.text(length);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw reader.error('not a safetensors file, or damaged: its header is not JSON');
  }
  if (!isObject(header)) throw reader.error(`not a safetensors file: its header is ${quote(header)}, not an object`);
  checkKeys(reader, text);
  return header;
}

/** Refuses what `JSON.parse` lets pass: the same key twice in an object (the last one would win), and `__proto__`. */
function checkKeys(reader: ByteReader, json: string): void {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    if (json[i] === '{') open.push(new Set());
    else if (json[i] === '}') open.pop();
    if (json[i] !== '"') continue;

    const start = i;
    while (json[++i] !== '"') if (json[i] === '\\') i++;
    COLON.lastIndex = i + 1;
    if (!COLON.test(json)) continue;
    const key = JSON.parse(json.slice(start, i + 1)) as string;
    const keys = open[open.length - 1];
    if (keys.has(key)) throw reader.error(`damaged: its header has ${quote(key)} twice`);
    if (key === '__proto__') throw reader.error('refused the name "__proto__" in its header');
    keys.add(key);
  }
}

/** What makes of a JSON string a key. */
const COLON = /[ \t\r\n]*:/y;

function readEntry(reader: ByteReader, name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const tensor = `tensor ${quote(name)}`;
  if (typeof dtype !== 'string' || !Object.hasOwn(ITEM_BYTES, dtype)) {
    throw reader.error(`${tensor} has dtype ${quote(dtype)}: expected one of ${Object.keys(ITEM_BYTES).join(', ')}; save it as F32`);
  }
  const count = elementCount(shape);
  if (Number.isNaN(count)) throw reader.error(`${tensor} has shape ${quote(shape)}: expected a short list of sizes`);
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  const bytes = count * ITEM_BYTES[dtype as StoredDtype];
  if (!isOffset(begin) || !isOffset(end) || end - begin !== bytes) {
    throw reader.error(
      `${tensor} lies at bytes ${quote(offsets)}: expected a begin and an end ${bytes} bytes on, for ${dtype} ${quote(shape)}`,
    );
  }
  return { name, dtype: dtype as StoredDtype, shape: shape as number[], begin, end };
}

function checkLayout(reader: ByteReader, entries: Entry[]): void {
  let end = 0;
  for (const entry of entries.sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const place = entry.begin < end ? 'inside of the one before' : 'after a hole';
      throw reader.error(`damaged: tensor ${quote(entry.name)} begins at byte ${entry.begin}, ${place}: expected ${end}`);
    }
    end = entry.end;
  }
  const available = reader.bytes.length - reader.offset;
  if (end !== available)
    throw reader.error(`cut short or damaged: its tensors take ${end} bytes, the file holds ${available}: download it again`);
}

function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
