// PNG of every kind the specification knows, written here the plain way, bit by bit, and read back.
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng } from '../../src/image/encode.ts';
import { decodePng } from '../../src/image/png.ts';
import type { Pixels } from '../../src/base/types.ts';
import { crc32 } from '../../src/base/crc32.ts';
import { sample } from '../image/pictures.ts';
import { mulberry32 } from '../reference/random.ts';

const random = mulberry32(1);
const below = (limit: number) => Math.floor(random() * limit);

const KINDS = [
  { name: 'grey', colourType: 0, channels: 1, depths: [1, 2, 4, 8, 16], hasAlpha: false },
  { name: 'RGB', colourType: 2, channels: 3, depths: [8, 16], hasAlpha: false },
  { name: 'palette', colourType: 3, channels: 1, depths: [1, 2, 4, 8], hasAlpha: false },
  { name: 'grey with alpha', colourType: 4, channels: 2, depths: [8, 16], hasAlpha: true },
  { name: 'RGBA', colourType: 6, channels: 4, depths: [8, 16], hasAlpha: true },
];
const CASES = KINDS.flatMap(({ depths, ...kind }) =>
  depths.flatMap((depth) =>
    [false, true].flatMap((interlaced) =>
      (kind.hasAlpha ? [false] : [false, true]).map((transparency) => ({ ...kind, depth, interlaced, transparency })),
    ),
  ),
);
type Case = (typeof CASES)[number];

/** Of an interlaced picture, the pass of each pixel of 8 x 8 (PNG specification, 8.2). */
const ADAM7 = ['16462646', '77777777', '56565656', '77777777', '36463646', '77777777', '56565656', '77777777'];

/** A file of random pixels, and what they are. */
function write(
  { colourType, channels, depth, interlaced, transparency }: Case,
  width: number,
  height: number,
): { file: Buffer; pixels: Pixels } {
  const max = 2 ** depth - 1;
  const samples = Array.from({ length: width * height }, () => Array.from({ length: channels }, () => below(max + 1)));
  const palette = Array.from({ length: max + 1 }, () => [below(256), below(256), below(256)]);
  const alphas = Array.from({ length: Math.ceil((max + 1) / 2) }, () => below(256));
  const hidden = samples[0];

  const passes = new Map<number, Map<number, number[][]>>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pass = interlaced ? Number(ADAM7[y % 8][x % 8]) : 0;
      const rows = passes.get(pass) ?? passes.set(pass, new Map()).get(pass)!;
      rows.set(y, [...(rows.get(y) ?? []), samples[y * width + x]]);
    }
  }
  const bytes = [...passes.keys()].sort().flatMap((pass) => {
    let above: number[] = [];
    return [...passes.get(pass)!.values()].flatMap((row) => {
      const bits = row
        .flat()
        .map((value) => value.toString(2).padStart(depth, '0'))
        .join('');
      const raw = Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2));
      const filtered = filter(raw, above, Math.max(1, (channels * depth) >> 3));
      above = raw;
      return filtered;
    });
  });

  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, Number(interlaced)], 8);
  const compressed = deflateSync(Buffer.from(bytes));
  const half = compressed.length >> 1;
  const file = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(colourType === 3 ? [chunk('PLTE', palette.flat())] : []),
    ...(transparency ? [chunk('tRNS', colourType === 3 ? alphas : hidden.flatMap((value) => [value >> 8, value & 255]))] : []),
    chunk('IDAT', compressed.subarray(0, half)),
    chunk('IDAT', compressed.subarray(half)),
    chunk('IEND', []),
  ]);

  const to8 = (value: number) => Math.round((value * 255) / max);
  const data = samples.flatMap((values) => {
    const alpha = transparency && values.join() === hidden.join() ? 0 : 255;
    const [first] = values;
    if (colourType === 0) return [to8(first), to8(first), to8(first), alpha];
    if (colourType === 2) return [...values.map(to8), alpha];
    if (colourType === 3) return [...palette[first], transparency ? (alphas[first] ?? 255) : 255];
    if (colourType === 4) return [to8(first), to8(first), to8(first), to8(values[1])];
    return values.map(to8);
  });
  return { file, pixels: { data: Uint8Array.from(data), width, height } };
}

/** The row behind the number of a filter drawn at random (PNG specification, 9.2). */
function filter(row: number[], above: number[], distance: number): number[] {
  const type = below(5);
  const predicted = row.map((_, i) => {
    const [a, b, c] = [row[i - distance] ?? 0, above[i] ?? 0, above[i - distance] ?? 0];
    const nearest = [a, b, c].reduce((best, x) => (Math.abs(a + b - c - x) < Math.abs(a + b - c - best) ? x : best));
    return [0, a, b, (a + b) >> 1, nearest][type];
  });
  return [type, ...row.map((value, i) => (value - predicted[i]) & 255)];
}

function chunk(type: string, data: ArrayLike<number>): Buffer {
  const body = Buffer.concat([Buffer.from(type), Buffer.from(Array.from(data))]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

describe('decodePng', () => {
  it.each(CASES)('$name, $depth bits, interlaced: $interlaced, transparency: $transparency', async (kind) => {
    for (const [width, height] of [
      [1, 1],
      [3, 2],
      [5, 9],
      [17, 13],
    ]) {
      const { file, pixels } = write(kind, width, height);
      expect(await decodePng(file)).toEqual(pixels);
    }
  });

  it('refuses a file cut short anywhere within its pixels', async () => {
    const { file } = write(CASES[0], 9, 9);
    for (let length = 8; length < file.length - 12; length++) await expect(decodePng(file.subarray(0, length))).rejects.toThrow();
  });

  it('refuses a false checksum, numbers that mean nothing, and a colour that is not there', async () => {
    const damaged = sample('palette.png');
    damaged[damaged.length - 20] ^= 1;
    await expect(decodePng(damaged)).rejects.toThrow('the checksum of its "IDAT" is wrong');

    const { file } = write({ ...CASES[0], depth: 3 }, 4, 4);
    await expect(decodePng(file)).rejects.toThrow('mean nothing');

    const palette = KINDS[2];
    const { file: coloured } = write({ ...palette, depth: 8, interlaced: false, transparency: false }, 9, 9);
    const at = coloured.indexOf('PLTE') - 4;
    const fewer = Buffer.concat([coloured.subarray(0, at), chunk('PLTE', [1, 2, 3]), coloured.subarray(at + 12 + 768)]);
    await expect(decodePng(fewer)).rejects.toThrow('is not in its palette');
  });

  it('refuses pixels that inflate to fewer bytes than the picture has, and ignores more', async () => {
    const { file, pixels } = write({ ...KINDS[4], depth: 8, interlaced: false, transparency: false }, 5, 5);
    const withHeight = (height: number) => {
      const header = Buffer.from(file.subarray(16, 29));
      header.writeUInt32BE(height, 4);
      return Buffer.concat([file.subarray(0, 8), chunk('IHDR', header), file.subarray(33)]);
    };
    await expect(decodePng(withHeight(6))).rejects.toThrow('some of its pixels are missing');
    expect((await decodePng(withHeight(4))).data).toEqual(pixels.data.subarray(0, 4 * 5 * 4));
  });
});

describe('encodePng', () => {
  it.each([3, 4])('%i channels come back', async (channels) => {
    for (const [width, height] of [
      [1, 1],
      [7, 5],
      [600, 400],
    ]) {
      const data = Uint8Array.from({ length: width * height * channels }, () => below(256));
      const back = await decodePng(await encodePng({ data, width, height }));
      const expected =
        channels === 4
          ? data
          : Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : data[3 * (i >> 2) + (i % 4)]));
      expect([back.width, back.height, Buffer.from(back.data).compare(expected)]).toEqual([width, height, 0]);
    }
  });

  it('leaves alpha out of an opaque picture', async () => {
    const data = Uint8Array.from({ length: 8 * 8 * 4 }, (_, i) => (i % 4 === 3 ? 255 : below(256)));
    const file = await encodePng({ data, width: 8, height: 8 });
    expect(file[25]).toBe(2);
    expect((await decodePng(file)).data).toEqual(data);
  });
});
