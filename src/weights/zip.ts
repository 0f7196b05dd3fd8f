/**
 * Zip files as PyTorch writes them: entries stored, not compressed, perhaps zip64.
 *
 *   | local header, name, extra, data | ... | central directory: one record per entry | end of central directory |
 *
 * The directory at the end says where each entry is; of the local headers only their length matters.
 */
import { ByteReader } from './bytes.ts';
import { crc32 } from '../base/crc32.ts';
import { quote } from '../base/quote.ts';

// Signatures and lengths: .ZIP File Format Specification 6.3, sections 4.3 and 4.5.
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const END_LENGTH = 22;
const END64_LOCATOR_LENGTH = 20;
const EXTRA_ZIP64 = 1;
const MAX_COMMENT = 0xffff;

/** A 32-bit field that stands for one in the zip64 record. */
const IN_ZIP64 = 0xffffffff;

interface Entry {
  name: string;
  checksum: number;
  size: number;
  /** Of the local header. */
  offset: number;
}

/** Whether a file is meant as zip, by its first bytes; it may still be damaged. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/**
 * The contents of every entry by name: views, not copies, that don't overlap. Checksums are verified.
 *
 * @throws ModelError for a damaged file, and for compressed or encrypted entries
 */
export function readZip(bytes: Uint8Array, label: string): Map<string, Uint8Array> {
  const reader = new ByteReader(bytes, label);
  const entries = readDirectory(reader).sort((a, b) => a.offset - b.offset);
  const contents = new Map<string, Uint8Array>();
  let end = 0;
  for (const { name, checksum, size, offset } of entries) {
    if (offset < end) throw reader.error(`damaged: its entry ${quote(name)} overlaps another`);
    reader.offset = offset;
    if (reader.u32() !== LOCAL) throw reader.error(`damaged: no entry ${quote(name)} at byte ${offset}`);
    reader.take(22);
    const [nameLength, extraLength] = [reader.u16(), reader.u16()];
    reader.take(nameLength + extraLength);
    const data = reader.take(size);
    end = reader.offset;
    if (contents.has(name)) throw reader.error(`damaged: it has two entries ${quote(name)}`);
    if (crc32(data) !== checksum) throw reader.error(`damaged: the checksum of its entry ${quote(name)} is wrong: download it again`);
    contents.set(name, data);
  }
  return contents;
}

function readDirectory(reader: ByteReader): Entry[] {
  const { count, offset } = findDirectory(reader);
  reader.offset = offset;
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) entries.push(readRecord(reader));
  return entries;
}

function findDirectory(reader: ByteReader): { count: number; offset: number } {
  const last = reader.bytes.length - END_LENGTH;
  for (let at = last; at >= 0 && at >= last - MAX_COMMENT; at--) {
    reader.offset = at;
    if (reader.u32() !== END) continue;
    reader.take(6);
    const count = reader.u16();
    reader.take(4);
    const offset = reader.u32();
    if (count !== 0xffff && offset !== IN_ZIP64) return { count, offset };

    reader.offset = at - END64_LOCATOR_LENGTH;
    if (reader.u32() !== END64_LOCATOR) return { count, offset };
    reader.take(4);
    reader.offset = reader.u64();
    if (reader.u32() !== END64) throw reader.error('damaged: its zip64 directory is missing');
    reader.take(28);
    const count64 = reader.u64();
    reader.take(8);
    return { count: count64, offset: reader.u64() };
  }
  throw reader.error('cut short: a zip file without the directory at its end: download it again');
}

function readRecord(reader: ByteReader): Entry {
  if (reader.u32() !== CENTRAL) throw reader.error(`damaged: its zip directory breaks off at byte ${reader.offset - 4}`);
  reader.take(4);
  const [flags, method] = [reader.u16(), reader.u16()];
  reader.take(4);
  const checksum = reader.u32();
  let [compressed, size] = [reader.u32(), reader.u32()];
  const [nameLength, extraLength, commentLength] = [reader.u16(), reader.u16(), reader.u16()];
  reader.take(8);
  let offset = reader.u32();
  const name = reader.text(nameLength);
  const extra = new ByteReader(reader.take(extraLength), reader.label);
  reader.take(commentLength);

  while (extra.offset < extraLength) {
    const [id, length] = [extra.u16(), extra.u16()];
    const field = new ByteReader(extra.take(length), reader.label);
    if (id !== EXTRA_ZIP64) continue;
    if (size === IN_ZIP64) size = field.u64();
    if (compressed === IN_ZIP64) compressed = field.u64();
    if (offset === IN_ZIP64) offset = field.u64();
  }
  if (flags & 1) throw reader.error(`its entry ${quote(name)} is encrypted: save it again with torch.save`);
  if (method !== 0)
    throw reader.error(`its entry ${quote(name)} is compressed (method ${method}): save it again with torch.save, which stores`);
  if (compressed !== size) throw reader.error(`damaged: its entry ${quote(name)} has two sizes, ${compressed} and ${size}`);
  return { name, checksum, size, offset };
}
