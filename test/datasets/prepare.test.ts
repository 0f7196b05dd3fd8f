import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { prepareCommand } from '../../src/cli/prepare.ts';
import { ArgumentError, DataError } from '../../src/base/errors.ts';
import { parseList } from '../../src/base/samples.ts';
import { readImage } from '../../src/runtimes/node/decode.ts';
import { centreOfDot, faceAt, temporaryFolder, writeFaces } from '../augment/pictures.ts';

// Encoders and the detector are loaded by the first test that needs them, which takes long on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

afterEach(() => void vi.restoreAllMocks());

/** Runs the command; what it prints. */
async function prepare(...args: string[]): Promise<{ output: string; errors: string }> {
  const output: string[] = [];
  const errors: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text) => void output.push(text));
  vi.spyOn(console, 'error').mockImplementation((text) => void errors.push(text));
  await prepareCommand()
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .parseAsync(args, { from: 'user' });
  return { output: output.join('\n'), errors: errors.join('\n') };
}

/** A list of faces of dots, with its pictures. */
async function dataset(faces: Float64Array[], width?: number, height?: number, deviation?: number): Promise<string> {
  const folder = temporaryFolder();
  const samples = await writeFaces(folder, faces, width, height, deviation);
  writeFileSync(join(folder, 'labels.txt'), samples.map(({ name, points }) => `${name} ${points.join(' ')}\n`).join(''));
  return folder;
}

test.each([
  ['JPEG', []],
  ['PNG', ['--png']],
])('crops hold the faces where the list says: %s', async (_, options) => {
  // The first is cut off by its picture's edge; the second larger than the limit.
  const folder = await dataset([faceAt(60, 170), faceAt(300.25, 310.5, 3.4)], 640, 620, 4);
  const out = join(folder, 'out');
  const { output } = await prepare('--format', 'list', join(folder, 'labels.txt'), '--out', out, '--max-size', '200', ...options);
  expect(output).toBe(`2 faces, 5 landmarks each, in ${out}`);
  const samples = parseList(readFileSync(join(out, 'list.txt'), 'utf8'), 'list.txt');
  const sizes = [];
  for (const { name, points } of samples) {
    const { data, width, height } = await readImage(join(out, 'images', name));
    sizes.push(width);
    expect(height).toBe(width);
    const channels = data.length / (width * height);
    const image = Float32Array.from({ length: width * height * 3 }, (_, i) => data[Math.floor(i / 3) * channels]);
    for (let i = 0; i < points.length; i += 2) {
      const dot = centreOfDot(image, width, points[i], points[i + 1], 8);
      expect(Math.hypot(dot.x - points[i], dot.y - points[i + 1]), `${name}, landmark ${i / 2}`).toBeLessThan(0.2);
    }
  }
  // 1.6 times 80 pixels; 1.6 times 272 is more than 200.
  expect(sizes).toEqual([128, 200]);
});

test('faces are held back for validation, evenly', async () => {
  const folder = await dataset(Array.from({ length: 7 }, (_, i) => faceAt(100 + i, 100)));
  const out = join(folder, 'out');
  const { output } = await prepare('--format', 'list', join(folder, 'labels.txt'), '--out', out, '--validation', '2');
  expect(output).toMatch(/^7 faces, .*; 2 of them for validation$/);
  const names = (file: string) => parseList(readFileSync(join(out, file), 'utf8'), file).map(({ name }) => name);
  expect(names('validation.txt')).toEqual(['3.jpg', '6.jpg']);
  expect(names('list.txt')).toEqual(['0.jpg', '1.jpg', '2.jpg', '4.jpg', '5.jpg']);
});

test('lists say where labels lie, as their dataset or the option does', async () => {
  const folder = await dataset([0, 1, 2, 3].map((i) => faceAt(100 + i, 100)));
  const labels = join(folder, 'labels.txt');
  const [a, b, c, d] = readFileSync(labels, 'utf8').split('\n');
  writeFileSync(labels, [a, '# label-offset 0.01 0.02', b, c, '# label-offset 0 0', d].join('\n'));
  const read = (out: string, file: string) => parseList(readFileSync(join(folder, out, file), 'utf8'), file);
  const offsets = (out: string, file: string) => read(out, file).map(({ labelOffset }) => labelOffset);
  await prepare('--format', 'list', labels, '--out', join(folder, 'said'), '--validation', '2');
  expect([offsets('said', 'list.txt'), offsets('said', 'validation.txt')]).toEqual([
    [undefined, [0.01, 0.02]],
    [
      [0.01, 0.02],
      [0, 0],
    ],
  ]);
  await prepare('--format', 'list', labels, '--out', join(folder, 'given'), '--label-offset', '0.005,0');
  expect(offsets('given', 'list.txt')).toEqual(Array(4).fill([0.005, 0]));
});

test('unlabelled pictures: boxes go along, several faces of a picture get names of their own', async () => {
  const folder = await dataset([faceAt(100, 100)]);
  writeFileSync(join(folder, 'boxes.txt'), '0.png 60 70 140 150\n0.png 80 80 120 130\n');
  const out = join(folder, 'out');
  const { output } = await prepare('--format', 'folder', folder, '--boxes', join(folder, 'boxes.txt'), '--out', out);
  expect(output).toBe(`2 faces, no landmarks, in ${out}`);
  expect(readFileSync(join(out, 'list.txt'), 'utf8')).toBe('0.jpg 24.00 24.00 104.00 104.00\n0-2.jpg 20.00 15.00 60.00 65.00\n');
  expect(readdirSync(join(out, 'images')).sort()).toEqual(['0-2.jpg', '0.jpg']);
});

test('without boxes the detector looks for faces; none in dots', async () => {
  const folder = await dataset([faceAt(100, 100)]);
  await expect(prepare('--format', 'folder', folder, '--out', join(folder, 'out'))).rejects.toThrow(
    /^none of the 1 faces can be used; the first: .*0\.png: no face was found$/,
  );
});

test("pictures that can't be read are skipped and told", async () => {
  const folder = await dataset([faceAt(100, 100), faceAt(100, 100)]);
  writeFileSync(join(folder, '1.png'), 'no picture');
  const { output, errors } = await prepare('--format', 'list', join(folder, 'labels.txt'), '--out', join(folder, 'out'));
  expect(output).toMatch(/^1 faces/);
  expect(errors).toMatch(/^pipnet-wasm: 1 skipped:\npipnet-wasm: .*labels\.txt:2: .*1\.png is not a picture/);
});

test('wrong data and options end with one named error, and without a list', async () => {
  const folder = await dataset([faceAt(100, 100), faceAt(500, 100)]);
  const out = join(folder, 'out');
  const labels = join(folder, 'labels.txt');
  const outside = prepare('--format', 'list', labels, '--out', out);
  await expect(outside).rejects.toThrow(/labels\.txt:2: landmark 0 at \(460, 70\) is far outside of the picture, which is 240 x 220/);
  await expect(outside).rejects.toBeInstanceOf(DataError);
  expect(existsSync(join(out, 'list.txt'))).toBe(false);

  const again = prepare('--format', 'list', labels, '--out', out);
  await expect(again).rejects.toThrow(`the folder ${out} isn't empty: name a new one, or empty it first`);
  await expect(again).rejects.toBeInstanceOf(ArgumentError);
  await expect(prepare('--format', 'list', labels, '--out', labels)).rejects.toThrow(`can't use ${labels}: it lies in a file or is one`);
  await expect(prepare('--format', 'list', labels, '--out', join(labels, 'out'))).rejects.toThrow(/out: it lies in a file/);
  await expect(prepare('--format', 'list', labels, '--out', join(folder, 'b'), '--boxes', labels)).rejects.toThrow(
    '--boxes is for --format folder: list has landmarks',
  );
  await expect(prepare('--format', 'list', labels, '--out', join(folder, 'b'), '--margin', '9')).rejects.toThrow(
    '--margin 9 is not a number from 1 to 4',
  );
  await expect(prepare('--format', 'lfw', labels, '--out', join(folder, 'b'))).rejects.toThrow(/Allowed choices are 300w, wflw/);
  const few = await dataset([faceAt(100, 100)]);
  await expect(prepare('--format', 'list', join(few, 'labels.txt'), '--out', join(few, 'out'), '--validation', '1')).rejects.toThrow(
    '1 faces for validation leave none of 1 for training',
  );
});
