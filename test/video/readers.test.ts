import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { randomFrom } from '../../src/base/random.ts';
import type { Pixels } from '../../src/base/types.ts';
import { ByteStream } from '../../src/video/byte-stream.ts';
import { gifSteps } from '../../src/video/gif.ts';
import { readMjpegFrames } from '../../src/video/mjpeg.ts';
import { readY4mFrames, readY4mHeader, y4mFrame, y4mHeader } from '../../src/video/y4m.ts';
import { makeGif, type FrameToWrite } from '../image/make-gif.ts';

const photograph = readFileSync(fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url)));

/** Bytes in pieces of any length, also of none. */
function streamOf(bytes: Uint8Array, seed = 1): ByteStream {
  const random = randomFrom(seed, bytes.length);
  return new ByteStream(
    (async function* () {
      for (let at = 0; at < bytes.length; ) {
        const size = Math.floor(random() ** 4 * 3000);
        yield bytes.subarray(at, at + size);
        at += size;
      }
    })(),
  );
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function readY4m(bytes: Uint8Array): Promise<Pixels[]> {
  const stream = streamOf(bytes);
  return all(readY4mFrames(stream, await readY4mHeader(stream, 'clip'), 'clip'));
}

const even = (width: number, height: number, colour: number[]) => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3]),
  width,
  height,
});
const y4m = (parameters: string, ...frames: number[][]) =>
  Buffer.concat([Buffer.from(`YUV4MPEG2 ${parameters}\n`), ...frames.map((bytes) => Buffer.from([...Buffer.from('FRAME\n'), ...bytes]))]);
const planes = (counts: number[], values: number[]) => counts.flatMap((count, i) => Array<number>(count).fill(values[i]));

describe('Y4M', () => {
  it('reads what it writes, of any size', async () => {
    for (const [width, height] of [
      [1, 1],
      [6, 4],
      [7, 5],
    ]) {
      const frames = [
        [0, 0, 0],
        [255, 255, 255],
        [255, 0, 0],
        [0, 0, 255],
        [90, 160, 30],
      ].map((colour) => even(width, height, colour));
      const bytes = Buffer.concat([Buffer.from(y4mHeader(frames[0], [30000, 1001])), ...frames.map(y4mFrame)]);
      expect(await readY4mHeader(streamOf(bytes), 'clip')).toMatchObject({ width, height, rate: [30000, 1001], isFullRange: false });
      const read = await readY4m(bytes);
      expect(read).toHaveLength(frames.length);
      for (const [i, { data }] of read.entries())
        expect(Math.max(...Array.from(data, (value, j) => Math.abs(value - frames[i].data[j])))).toBeLessThanOrEqual(2);
    }
  });

  it.each([
    ['C420jpeg', [9, 4, 4]],
    ['C420mpeg2', [9, 4, 4]],
    ['C420paldv', [9, 4, 4]],
    ['Ip', [9, 4, 4]],
    ['C422', [9, 6, 6]],
    ['C444', [9, 9, 9]],
  ])('%s: red by BT.601', async (colours, counts) => {
    const [limited] = await readY4m(y4m(`W3 H3 F25:1 ${colours}`, planes(counts, [81, 90, 240])));
    const [full] = await readY4m(y4m(`W3 H3 F25:1 ${colours} XCOLORRANGE=FULL`, planes(counts, [76, 85, 255])));
    for (const { data } of [limited, full])
      for (let i = 0; i < data.length; i += 3) {
        expect(data[i]).toBeGreaterThanOrEqual(254);
        expect(Math.max(data[i + 1], data[i + 2])).toBeLessThanOrEqual(1);
      }
  });

  it('puts each colour where its pixels are', async () => {
    // The right half is blue, the left one red.
    const [{ data }] = await readY4m(y4m('W4 H2 C422', [81, 81, 41, 41, 81, 81, 41, 41, 90, 240, 90, 240, 240, 110, 240, 110]));
    expect(Array.from({ length: 8 }, (_, i) => (data[3 * i] > 200 ? 'r' : data[3 * i + 2] > 200 ? 'b' : '?')).join('')).toBe('rrbbrrbb');
  });

  it('grey, and frames with parameters of their own', async () => {
    const bytes = Buffer.concat([Buffer.from('YUV4MPEG2 W2 H1 F0:0 Cmono\nFRAME Ixyz\n'), Buffer.from([16, 235])]);
    expect((await readY4mHeader(streamOf(bytes), 'clip')).rate).toBeUndefined();
    expect([...(await readY4m(bytes))[0].data]).toEqual([0, 0, 0, 255, 255, 255]);
  });

  it.each([
    ['W3 H3 C420p10', 'clip has the colour space "420p10", which isn\'t read: 420, 422, 444'],
    ['W3 H3 CtoString', 'the colour space "toString"'],
    ['W3', 'clip says "H", which is no size'],
    ['W-3 H3', 'clip says "W-3"'],
    ['W0 H3', 'clip says "W0"'],
    ['W99999999 H99999999', 'clip claims 99999999x99999999 pixels, more than the limit of 36 megapixels'],
    [`W3 H3 ${'X'.repeat(2000)}`, 'clip is no Y4M video'],
  ])('refuses %s', async (parameters, message) => {
    await expect(readY4m(y4m(parameters))).rejects.toThrow(message);
  });

  it('gives the frames before a fault', async () => {
    const good = y4m('W1 H1 Cmono', [16], [235]);
    for (const [rest, message] of [
      ['FRAME\n', 'clip ends within frame 2, after 0 of 1 bytes'],
      ['FRAM', "clip: frame 2 doesn't begin with FRAME"],
      ['FRAMED\n1', "clip: frame 2 doesn't begin with FRAME"],
    ]) {
      const stream = streamOf(Buffer.concat([good, Buffer.from(rest)]));
      const frames = readY4mFrames(stream, await readY4mHeader(stream, 'clip'), 'clip');
      for (let i = 0; i < 2; i++) expect((await frames.next()).done).toBe(false);
      await expect(frames.next()).rejects.toThrow(message);
    }
  });
});

describe('MJPEG', () => {
  const thumbnail = Buffer.concat([
    photograph.subarray(0, 2),
    Buffer.from([0xff, 0xe1, 0, 12]),
    Buffer.from([0xff, 0xd8, 0xff, 0xd9, 1, 2, 3, 4, 5, 6]),
    photograph.subarray(2),
  ]);

  it('one picture after the other, whatever stands between them', async () => {
    const boundary = Buffer.from('\r\n--frame\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8 ', 'latin1');
    const bytes = Buffer.concat([boundary, photograph, thumbnail, boundary, photograph, Buffer.from([0, 0xff])]);
    for (const seed of [1, 2, 3]) {
      const frames = await all(readMjpegFrames(streamOf(bytes, seed), 'clip'));
      expect(frames.map((frame) => Buffer.compare(frame, frame.length === photograph.length ? photograph : thumbnail))).toEqual([0, 0, 0]);
    }
  });

  it('one that is cut or damaged spoils no more than the next', async () => {
    const damaged = Buffer.from(photograph);
    damaged[2] = 7;
    for (const bad of [photograph.subarray(0, 20_000), photograph.subarray(0, 100), damaged]) {
      const frames = await all(readMjpegFrames(streamOf(Buffer.concat([photograph, bad, photograph, photograph])), 'clip'));
      expect(frames[0]).toHaveLength(photograph.length);
      expect(Buffer.compare(frames.at(-1)!, photograph)).toBe(0);
    }
  });

  it('nothing of what is none, and an end to what has none', async () => {
    expect(await all(readMjpegFrames(streamOf(Buffer.alloc(100_000, 0xff)), 'clip'))).toEqual([]);
    const endless = (async function* () {
      yield photograph.subarray(0, 1000);
      for (;;) yield new Uint8Array(1 << 20);
    })();
    await expect(all(readMjpegFrames(new ByteStream(endless), 'clip'))).rejects.toThrow('clip: frame 0 has no end within 64 MiB');
  });
});

describe('GIF', () => {
  /** The two pixels of a screen after each frame: red, green, blue, or nothing. */
  function screens(frames: FrameToWrite[]): string[] {
    const pixel = ([red, green, blue, alpha]: Uint8Array) => (alpha === 0 ? '-' : red ? 'r' : green ? 'g' : blue ? 'b' : 'k');
    return Array.from(gifSteps(makeGif([2, 1], frames)), ({ paint }) => {
      const data = Uint8Array.from(paint().data);
      return pixel(data.subarray(0, 4)) + pixel(data.subarray(4));
    });
  }

  it('paints frames over each other, and takes away those that ask for it', () => {
    const both: FrameToWrite = { at: [0, 0, 2, 1], pixels: [1, 1] };
    const right: FrameToWrite = { at: [1, 0, 1, 1], pixels: [2] };
    const left: FrameToWrite = { at: [0, 0, 1, 1], pixels: [3] };
    expect(screens([both, right, left])).toEqual(['rr', 'rg', 'bg']);
    expect(screens([both, { ...right, disposal: 2 }, left])).toEqual(['rr', 'rg', 'b-']);
    expect(screens([both, { ...right, disposal: 3 }, left])).toEqual(['rr', 'rg', 'br']);
    expect(screens([both, { at: [0, 0, 2, 1], pixels: [3, 0], transparent: 0 }])).toEqual(['rr', 'br']);
    // What reaches out is cut off.
    expect(screens([both, { at: [1, 0, 3, 1], pixels: [2, 3, 3] }, { at: [9, 9, 1, 1], pixels: [3] }])).toEqual(['rr', 'rg', 'rg']);
  });

  it('delays give times; hasty ones are as slow as in browsers', () => {
    const frames = [4, 0, 1, 2].map((delay): FrameToWrite => ({ at: [0, 0, 1, 1], pixels: [1], delay }));
    expect(Array.from(gifSteps(makeGif([2, 1], frames)), ({ timestamp }) => timestamp)).toEqual([0, 40, 140, 240]);
  });

  it('a damaged frame is left out', () => {
    const frames: FrameToWrite[] = [
      { at: [0, 0, 2, 1], pixels: [1, 1] },
      { at: [0, 0, 2, 1], pixels: [2] },
      { at: [1, 0, 1, 1], pixels: [3] },
    ];
    const pictures = Array.from(gifSteps(makeGif([2, 1], frames)), ({ paint }) => {
      try {
        return [...paint().data];
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(pictures).toEqual([[255, 0, 0, 255, 255, 0, 0, 255], 'its pixels end after 1 of 2', [255, 0, 0, 255, 0, 0, 255, 255]]);
  });
});
