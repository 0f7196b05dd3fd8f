import { describe, expect, it } from 'vitest';
import { ModelError } from '../../src/base/errors.ts';
import { crc32 } from '../../src/base/crc32.ts';
import { readZip } from '../../src/weights/zip.ts';
import { concat, little, zip, type ZipEntry } from './files.ts';

const entries: ZipEntry[] = [
  { name: 'net/data.pkl', data: concat('pickle') },
  { name: 'net/data/0', data: concat('weights') },
  { name: 'net/empty', data: new Uint8Array(0) },
];
const expected = new Map(entries.map(({ name, data }) => [name, data]));
const read = (bytes: Uint8Array) => readZip(bytes, 'net.pth');

it('crc32 has the check value of its definition', () => {
  expect(crc32(concat('123456789'))).toBe(0xcbf43926);
});

describe('zip', () => {
  it.each([
    ['plain', zip(entries)],
    ['zip64', zip(entries, { zip64: true })],
    ['with a comment', zip(entries, { comment: 'made by hand' })],
    ['empty', zip([])],
  ])('%s', (kind, bytes) => {
    expect(read(bytes)).toEqual(kind === 'empty' ? new Map() : expected);
  });

  it('gives views of the file, not copies', () => {
    const bytes = zip(entries);
    expect(read(bytes).get('net/data/0')!.buffer).toBe(bytes.buffer);
  });

  const [first, second] = entries;
  const whole = zip(entries);
  const patched = (at: number, ...bytes: number[]) => {
    const copy = whole.slice();
    copy.set(bytes, at);
    return copy;
  };
  const record = indexOf(whole, 'PK\x01\x02');
  const end = indexOf(whole, 'PK\x05\x06');

  it.each<[string, Uint8Array, RegExp]>([
    ['compressed', zip([{ ...first, method: 8 }, second]), /entry "net\/data\.pkl" is compressed \(method 8\)/],
    ['encrypted', zip([first, { ...second, flags: 1 }]), /entry "net\/data\/0" is encrypted/],
    ['an entry twice', zip([first, first]), /two entries "net\/data\.pkl"/],
    ['cut at the end', whole.subarray(0, -1), /cut short/],
    ['cut at the beginning', whole.subarray(40), /damaged|cut short/],
    ['nothing but the signature', concat('PK\x03\x04'), /cut short: a zip file without the directory/],
    ['a flipped byte of data', patched(indexOf(whole, 'weights'), 0x57), /checksum of its entry "net\/data\/0" is wrong/],
    ['a checksum that is wrong', patched(record + 16, 0), /checksum of its entry "net\/data\.pkl" is wrong/],
    ['an offset into the data', patched(record + 42, 3), /no entry "net\/data\.pkl" at byte 3/],
    ['an offset outside of the file', patched(record + 42, 0xff, 0xff, 0xff, 0x7f), /cut short or damaged/],
    ['two sizes', patched(record + 20, 5), /has two sizes, 5 and 6/],
    ['a size beyond the file', patched(record + 20, 0, 0, 1, 0, 0, 0, 1, 0), /cut short or damaged/],
    ['sizes in a zip64 field that is missing', patched(record + 20, ...little(0xffffffffffffffffn, 8)), /cut short or damaged/],
    ['more entries than records', patched(end + 10, 9), /directory breaks off/],
    ['a directory outside of the file', patched(end + 16, 0xff, 0xff, 0xff, 0x7f), /cut short or damaged/],
    ['a directory in the data', patched(end + 16, 1, 0, 0, 0), /directory breaks off/],
    ['overlapping entries', overlapping(), /entry "b" overlaps another/],
  ])('%s', (_, bytes, message) => {
    expect(() => read(bytes)).toThrow(ModelError);
    expect(() => read(bytes)).toThrow(message);
  });
});

/** Entry b lies within the data of entry a: how a small file would unpack to a large one. */
function overlapping(): Uint8Array {
  const inner = zip([{ name: 'b', data: concat('x') }]);
  const local = inner.subarray(0, indexOf(inner, 'PK\x01\x02'));
  const bytes = zip([
    { name: 'a', data: local },
    { name: 'b', data: concat('x') },
  ]);
  const second = indexOf(bytes, 'PK\x01\x02', indexOf(bytes, 'PK\x01\x02') + 4);
  bytes.set(little(30 + 1 + 4, 4), second + 42);
  return bytes;
}

function indexOf(bytes: Uint8Array, text: string, from = 0): number {
  return Buffer.from(bytes).indexOf(text, from, 'latin1');
}
