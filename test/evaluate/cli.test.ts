import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Jimp } from 'jimp';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { evaluateCommand } from '../../src/cli/evaluate.ts';
import { ArgumentError, DataError, ImageError, PipnetError } from '../../src/base/errors.ts';
import { ptsOf } from '../../src/datasets/pts.ts';
import { line, shifted, zigzag } from './faces.ts';

/** A model of five landmarks that always answers with the same ones; without NRM it errs by 4 pixels more. */
vi.mock('../../src/runtimes/node/index.ts', () => ({ loadPipnet: async () => {} }));
vi.mock('../../src/pipnet.ts', () => {
  const predict = () => ({ merged: zigzag(5), own: shifted(zigzag(5), 4), scores: new Float32Array(5) });
  const model = { architecture: { landmarks: 5 }, supervisedCrop: '300w', inputSize: 96 };
  return { LocalPipnet: { partsOf: () => ({ model, network: { predict } }) }, NO_DETECTOR: {} };
});

const folder = mkdtempSync(join(tmpdir(), 'pipnet-evaluate-'));
const list = join(folder, 'list.txt');
const output: string[] = [];

beforeAll(async () => {
  writeFileSync(join(folder, 'face.png'), await new Jimp({ width: 60, height: 60, color: 0x808080ff }).getBuffer('image/png'));
  vi.spyOn(console, 'log').mockImplementation((text: string) => void output.push(text));
});
afterEach(() => void output.splice(0));
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function run(text: string, ...options: string[]): Promise<string> {
  writeFileSync(list, text);
  await evaluateCommand().parseAsync(['--list', list, '--images', folder, ...options], { from: 'user' });
  return output.join('\n');
}

const pointAt = (points: ArrayLike<number>, i: number) => ({ x: points[2 * i], y: points[2 * i + 1] });

/** Eye corners 0 and 4 are 40 pixels apart, so 2 pixels are 5 %. */
const FACE = line('face.png', shifted(zigzag(5), -2));

test('a table goes to the standard output', async () => {
  const text = await run(FACE + FACE + FACE, '--eyes', '0,4', '--limit', '2');
  expect(text).toContain(`2 faces of ${list}, 1 skipped by --limit`);
  expect(text).toMatch(/NME % +5\.000 +15\.000/);
  expect(text).toMatch(/FR10 % +0\.00 +100\.00/);
  expect(text).toMatch(/\d ms per face/);
});

test('--format: a dataset that prepare reads, its pictures beside it', async () => {
  writeFileSync(join(folder, 'face.pts'), ptsOf(Array.from({ length: 5 }, (_, i) => pointAt(shifted(zigzag(5), -2), i))));
  await evaluateCommand().parseAsync(['--format', '300w', '--list', folder, '--eyes', '0,4'], { from: 'user' });
  expect(output.join('\n')).toMatch(/^1 faces of .*NME % +5\.000 +15\.000/s);
});

test('--json prints one document, each face included', async () => {
  const result = JSON.parse(await run(FACE, '--eyes', '0,4', '--json'));
  expect(result).toMatchObject({ list, skipped: 0, count: 1, merged: { nme: 0.05, failureRate: 0 }, own: { failureRate: 1 } });
  expect(result.faces).toEqual([{ name: 'face.png', source: `${list}:1`, merged: 0.05, own: expect.closeTo(0.15) }]);
});

test('--label-offset says where labels lie whose list does not', async () => {
  // The box of the labels is 40 wide, its crop 44: 2 pixels to the left are -1/22 of it.
  const text = await run(FACE, '--eyes', '0,4', '--label-offset', `${-1 / 22},0`);
  expect(text).toMatch(/NME % +0\.000/);
  expect(text).toMatch(/bias x % \(px\) +-?0\.000 \(-?0\.00\) +9\.091 \(8\.73\)/);
  output.length = 0;
  const { merged } = JSON.parse(await run(`# label-offset 0 0\n${FACE}`, '--eyes', '0,4', '--label-offset', '0.1,0.1', '--json'));
  expect(merged).toMatchObject({ nme: 0.05, bias: { x: expect.closeTo(1 / 22), y: 0 } });
});

test('--plot writes the curves', async () => {
  const path = join(folder, 'curve.svg');
  await run(FACE, '--eyes', '0,4', '--plot', path);
  expect(readFileSync(path, 'utf8')).toMatch(/^<svg .*list\.txt, 1 faces.*with NRM.*without NRM.*<\/svg>\n$/s);
});

test.each([
  ['no eye corners known', FACE, [], ArgumentError, /5 landmarks have no usual pair.*--eyes/],
  ['eyes of one number', FACE, ['--eyes', '3'], ArgumentError, /--eyes 3/],
  ['eyes out of range', FACE, ['--eyes', '0,5'], ArgumentError, /0,5/],
  ['a label offset in pixels', FACE, ['--label-offset', '1.2,1.2'], ArgumentError, /--label-offset: "1.2,1.2" is no label offset/],
  ['limit of zero', FACE, ['--limit', '0'], ArgumentError, /--limit 0/],
  ['another landmark count', line('face.png', zigzag(6)), ['--eyes', '0,4'], DataError, /list\.txt:1: 6 landmarks, .* 5/],
  ['a picture that is missing', `${FACE}\n${FACE.replace('face', 'gone')}`, ['--eyes', '0,4'], ImageError, /list\.txt:3: .*gone\.png/],
  ['a picture that is none', FACE.replace('face.png', 'list.txt'), ['--eyes', '0,4'], ImageError, /list\.txt:1: /],
])('%s: one named error', async (_, text, options, error, message) => {
  const failed = await run(text, ...options).catch((reason: unknown) => reason as Error);
  expect(failed).toBeInstanceOf(error);
  expect((failed as Error).message).toMatch(message);
  expect((failed as Error).message).not.toContain('\n');
});

test('a list that is missing: one named error', async () => {
  const missing = evaluateCommand().parseAsync(['--list', join(folder, 'none.txt'), '--images', folder], { from: 'user' });
  await expect(missing).rejects.toThrow(PipnetError);
  await expect(missing).rejects.toThrow(/none\.txt/);
});
