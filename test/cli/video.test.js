// @module-tag slow
// `pipnet-wasm video` as users run it: in pipes, interrupted, with frames that are damaged.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeImage, encodePng } from 'pipnet-wasm/image';
import { ByteStream } from '../../dist/video/byte-stream.js';
import { readY4mFrames, readY4mHeader, y4mFrame, y4mHeader } from '../../dist/video/y4m.js';
import { makeGif } from '../image/make-gif.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const FRAMES = 8;
const SIZE = { width: 400, height: 480 };
/** How far the camera goes from frame to frame, in pixels. */
const STEP = { x: 6, y: 3 };
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const photograph = readFileSync(fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'pipnet-video-'));
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

let frames;
let clip;
beforeAll(async () => {
  const { data, width } = await decodeImage(photograph);
  frames = Array.from({ length: FRAMES }, (_, t) => {
    const rows = Array.from({ length: SIZE.height }, (_, y) => {
      const from = 4 * ((20 + y + t * STEP.y) * width + 20 + t * STEP.x);
      return data.subarray(from, from + 4 * SIZE.width);
    });
    return { data: new Uint8Array(Buffer.concat(rows)), ...SIZE };
  });
  clip = Buffer.concat([Buffer.from(y4mHeader(SIZE, [25, 2])), ...frames.map(y4mFrame)]);
  writeFileSync(join(folder, 'clip.y4m'), clip);
  writeFileSync(join(folder, 'clip.mjpeg'), Buffer.concat([photograph, photograph, photograph.subarray(0, 30_000), photograph]));
  mkdirSync(join(folder, 'frames'));
  for (const [i, frame] of frames.entries()) writeFileSync(join(folder, `frames/${i + 1}.png`), await encodePng(frame));
  writeFileSync(join(folder, 'frames/9.png'), 'no picture');
  for (let i = 10; i <= 11; i++) writeFileSync(join(folder, `frames/${i}.png`), await encodePng(frames[FRAMES - 1]));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(args, input) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'video', ...args], {
    cwd: folder,
    maxBuffer: 1e9,
    ...(input && { input }),
  });
  return { status, out: stdout, stderr: stderr.toString() };
}
const objectsOf = (text) =>
  String(text)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const read = (name) => readFileSync(join(folder, name));
async function readY4m(bytes) {
  const stream = new ByteStream(
    (async function* () {
      yield bytes;
    })(),
  );
  const header = await readY4mHeader(stream, 'drawn');
  const pictures = [];
  for await (const picture of readY4mFrames(stream, header, 'drawn')) pictures.push(picture);
  return { header, pictures };
}

describe('a face is followed', () => {
  it('through Y4M on standard input', () => {
    const { status, out, stderr } = run(['-', '--no-smooth'], clip);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const results = objectsOf(out);
    expect(results.map(({ frame, timestamp }) => [frame, timestamp])).toEqual(frames.map((_, i) => [i, 80 * i]));
    for (const { schemaVersion, width, height, faces } of results) {
      expect([schemaVersion, width, height]).toEqual([1, SIZE.width, SIZE.height]);
      expect(faces.map(({ id, landmarks }) => [id, landmarks.length])).toEqual([[1, 68]]);
      const [{ pose, measures }] = faces;
      expect(Object.keys(pose)).toEqual(['yaw', 'pitch', 'roll']);
      expect(Math.abs(pose.yaw)).toBeLessThan(15);
      expect(measures).toEqual({
        eyes: { left: expect.any(Number), right: expect.any(Number) },
        mouth: { open: expect.any(Number), width: expect.any(Number) },
      });
    }
    const [first, last] = [results[0], results.at(-1)].map(({ faces }) => faces[0].landmarks[30]);
    expect(Math.abs(first.x - last.x - (FRAMES - 1) * STEP.x)).toBeLessThan(4);
    expect(Math.abs(first.y - last.y - (FRAMES - 1) * STEP.y)).toBeLessThan(4);
  });

  it('through a folder, in the order of numbers; a frame that is none is counted, and drawn as the one before', async () => {
    const { status, out, stderr } = run(['frames', '--fps', '10', '--draw', '-', '--out', 'faces.jsonl']);
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^pipnet-wasm: 1 of 11 frames could not be read, the first of them frame 8: frames\/9\.png is not a picture [^\n]*\n$/,
    );
    const results = objectsOf(read('faces.jsonl'));
    expect(results.map(({ frame, timestamp }) => timestamp ?? frame)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 8, 900, 1000]);
    expect(results[8]).toEqual({ schemaVersion: 1, frame: 8, error: { name: 'ImageError', message: expect.any(String) } });
    const { header, pictures } = await readY4m(out);
    expect(header).toMatchObject({ ...SIZE, rate: [10, 1] });
    expect(pictures).toHaveLength(11);
    expect(pictures[8].data.every((value, i) => value === pictures[7].data[i])).toBe(true);
    // The frame itself, but for where the face is marked.
    const differences = Array.from(pictures[0].data, (value, i) => Math.abs(value - frames[0].data[Math.floor(i / 3) * 4 + (i % 3)]));
    expect(differences.filter((value) => value > 60).length / differences.length).toBeLessThan(0.05);
    const marked = results[0].faces[0].landmarks.filter(({ x, y }) => {
      const at = 3 * (Math.round(y) * SIZE.width + Math.round(x));
      return Math.max(...differences.slice(at, at + 3)) > 30;
    });
    expect(marked.length).toBeGreaterThan(60);
  });

  it('through MJPEG; the frame that is cut is left out', () => {
    const { status, out, stderr } = run(['clip.mjpeg', '--fps', '12.5']);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^pipnet-wasm: 1 of 4 frames could not be read, the first of them frame 2: clip\.mjpeg, frame 2 is a damaged/);
    expect(objectsOf(out).map(({ timestamp, faces }) => [timestamp, faces?.[0].id])).toEqual([
      [0, 1],
      [80, 1],
      [undefined, undefined],
      [240, 1],
    ]);
  });

  it('through a GIF at its own pace', () => {
    const frame = (delay) => ({ at: [0, 0, 2, 2], pixels: [1, 2, 3, 0], delay });
    const { status, out } = run(['-'], makeGif([2, 2], [frame(5), frame(20), frame(5)]));
    expect(status).toBe(0);
    expect(objectsOf(out).map(({ timestamp, width, faces }) => [timestamp, width, faces])).toEqual([0, 50, 250].map((ms) => [ms, 2, []]));
  });

  it.skipIf(!hasFfmpeg)('through ffmpeg, there and back (needs ffmpeg)', () => {
    const convert = (input, ...args) =>
      spawnSync('ffmpeg', ['-loglevel', 'error', '-i', '-', ...args, '-'], { input, maxBuffer: 1e9 }).stdout;
    for (const args of [
      ['-c:v', 'mjpeg', '-q:v', '2', '-f', 'mjpeg'],
      ['-f', 'gif'],
      ['-pix_fmt', 'yuv444p', '-f', 'yuv4mpegpipe'],
    ]) {
      const results = objectsOf(run(['-'], convert(clip, ...args)).out);
      expect(results.map(({ faces }) => faces.map(({ id }) => id))).toEqual(frames.map(() => [1]));
    }
    const drawn = run(['-', '--draw', '-'], clip).out;
    const raw = convert(drawn, '-pix_fmt', 'rgb24', '-f', 'rawvideo');
    expect(raw).toHaveLength(FRAMES * SIZE.width * SIZE.height * 3);
  });
});

it('--csv: a row a face and frame; --draw: a folder of pictures, which are none of the next run; --limit', () => {
  const { status, out, stderr } = run(['clip.y4m', '--csv', '--draw', 'drawn', '--limit', '3']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const [header, ...rows] = String(out)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  expect(header.slice(0, 4)).toEqual(['frame', 'timestamp', 'id', 'pose_yaw']);
  expect(rows.map(([frame, timestamp, id]) => [frame, timestamp, id])).toEqual([
    ['0', '0', '1'],
    ['1', '80', '1'],
    ['2', '160', '1'],
  ]);
  for (const row of rows) expect(row).toHaveLength(header.length);
  expect(readdirSync(join(folder, 'drawn'))).toEqual([0, 1, 2].map((i) => `00000${i}.landmarks.png`));
  expect(run(['drawn']).stderr).toMatch(/folder drawn has no pictures/);
});

it('what ends within a frame keeps those before', () => {
  const { status, out, stderr } = run(['-'], clip.subarray(0, clip.length - 1000));
  expect(status).toBe(0);
  expect(stderr).toBe(
    'pipnet-wasm: 1 of 8 frames could not be read, the first of them frame 7: standard input ends within frame 7, after 287000 of 288000 bytes\n',
  );
  expect(objectsOf(out)).toHaveLength(FRAMES);
});

describe('who is interrupted', () => {
  it('by Ctrl-C leaves whole lines and whole frames', async () => {
    const args = ['video', '-', '--draw', '-', '--out', 'interrupted.jsonl'];
    const child = spawn(process.execPath, [program, ...args], { cwd: folder });
    const pieces = [];
    child.stdout.on('data', (piece) => pieces.push(piece));
    // A camera, which never ends.
    child.stdin.on('error', () => {}).write(clip);
    await vi.waitUntil(() => pieces.reduce((sum, { length }) => sum + length, 0) > 3 * SIZE.width * SIZE.height, { timeout: 60_000 });
    child.kill('SIGINT');
    expect(await new Promise((done) => child.once('close', done))).toBe(130);
    const { pictures } = await readY4m(Buffer.concat(pieces));
    expect(objectsOf(read('interrupted.jsonl'))).toHaveLength(pictures.length);
    expect(read('interrupted.jsonl').at(-1)).toBe(10);
  });

  it.each([['--limit=1000'], ['--draw=-']])('by a reader who has enough says nothing: %s', async (option) => {
    const child = spawn(process.execPath, [program, 'video', 'clip.y4m', option], { cwd: folder });
    child.stdout.once('data', () => child.stdout.destroy());
    let stderr = '';
    child.stderr.on('data', (text) => (stderr += text));
    expect(await new Promise((done) => child.once('close', done))).toBe(0);
    expect(stderr).toBe('');
  });
});

describe('one line says what is wrong', () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'deep.y4m'), 'YUV4MPEG2 W2 H2 F25:1 C420p10\nFRAME\n');
    writeFileSync(join(folder, 'empty.y4m'), '');
    writeFileSync(join(folder, 'none.y4m'), 'YUV4MPEG2 W2 H2 F25:1 Cmono\n');
    writeFileSync(join(folder, 'broken.mjpeg'), photograph.subarray(0, 1000));
    writeFileSync(join(folder, 'film.mp4'), Buffer.from('\0\0\0\x20ftypisom\0\0\x02\0isomiso2', 'latin1'));
  });
  it.each([
    ['missing.y4m', /^missing\.y4m can't be read: no such file/],
    ['empty.y4m', /^empty\.y4m is empty/],
    ['none.y4m', /^none\.y4m has no frames/],
    ['deep.y4m', /^deep\.y4m has the colour space "420p10", which isn't read/],
    ['broken.mjpeg --out x', /^no frame could be read; frame 0: broken\.mjpeg, frame 0 is a damaged/],
    ['film.mp4', /^film\.mp4 is neither Y4M, MJPEG nor GIF .*ffmpeg -i <video> -f yuv4mpegpipe - \| pipnet-wasm video -/],
    ['clip.y4m --out ./clip.y4m', /^--out \.\/clip\.y4m is the video itself/],
    ['clip.y4m --out nowhere/a.jsonl', /^can't write nowhere\/a\.jsonl: there is no folder nowhere/],
    ['clip.y4m --draw out.mp4', /^--draw out\.mp4 is no folder: for a video, --draw - \| ffmpeg -i - out\.mp4/],
    ['clip.y4m --csv --draw -', /^--csv and --draw -: standard output has the video/],
    ['clip.y4m --fps 0', /^--fps 0 is not a number from 0\.001/],
    ['clip.y4m --model nowhere.safetensors', /^nowhere\.safetensors can't be read/],
  ])('%s', (args, message) => {
    const { status, stderr } = run(args.split(' '));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^pipnet-wasm: [^\n]+\n$/);
    expect(stderr.slice('pipnet-wasm: '.length)).toMatch(message);
    expect(read('clip.y4m').length).toBe(clip.length);
  });
});
