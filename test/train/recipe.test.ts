// @module-tag slow
/** The README's recipe: pictures and landmarks of one's own to a model that works. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { evaluateCommand } from '../../src/cli/evaluate.ts';
import { prepareCommand } from '../../src/cli/prepare.ts';
import { trainCommand } from '../../src/cli/train.ts';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { parseList } from '../../src/base/samples.ts';
import { schemeFor } from '../../src/evaluate/scheme.ts';
import { CROP_RULES } from '../../src/base/crop-rules.ts';
import { meanFaceOf } from '../../src/augment/mean-face.ts';
import type { Box } from '../../src/base/types.ts';
import { mulberry32 } from '../reference/random.ts';
import { faceAt, temporaryFolder, writeFaces } from '../augment/pictures.ts';
import { captureOutput } from './output.ts';

const output = captureOutput();

/** NME of the training faces' mean, put into the crop of each validation face. */
async function meanFaceNme(list: string, validation: string): Promise<number> {
  const rule = CROP_RULES['300w'];
  const face = meanFaceOf(parseList(readFileSync(list, 'utf8'), list), rule);
  const predict = async (_: unknown, { x, y, width, height }: Box) => {
    const points = face.map((value, i) => (i % 2 === 0 ? x + value * width : y + value * height));
    return { merged: points, own: points };
  };
  return (await evaluate(parseList(readFileSync(validation, 'utf8'), validation), predict, schemeFor(5, [0, 1]), rule)).merged.nme;
}

test('50 pictures with 5 landmarks each', async () => {
  const folder = temporaryFolder();
  const photos = join(folder, 'photos');
  mkdirSync(photos);
  const random = mulberry32(5);
  const within = (reach: number) => (2 * random() - 1) * reach;
  const faces = Array.from({ length: 50 }, () => {
    const [x, y, size, angle, wide] = [120 + within(20), 110 + within(10), 0.9 + within(0.15), within(0.4), 1 + within(0.15)];
    const upright = faceAt(0, 0, size).map((value, i) => (i % 2 === 0 ? value * wide : value) + within(2));
    return upright.map((_, i) => {
      const [u, v] = [upright[i & ~1], upright[i | 1]];
      return i % 2 === 0 ? x + Math.cos(angle) * u - Math.sin(angle) * v : y + Math.sin(angle) * u + Math.cos(angle) * v;
    });
  });
  const samples = await writeFaces(photos, faces, 240, 220, 5);
  const at = (name: string) => join(folder, name);
  writeFileSync(at('labels.txt'), samples.map(({ name, points }) => `${name} ${[...points].join(' ')}`).join('\n'));

  const run = (command: ReturnType<typeof trainCommand>, ...args: string[]) => command.parseAsync(args, { from: 'user' });
  await run(prepareCommand(), '--format', 'list', at('labels.txt'), '--images', photos, '--out', at('mine'), '--validation', '10');
  const set = ['--list', at('mine/list.txt'), '--images', at('mine/images')];
  await run(
    trainCommand(),
    ...set,
    '--val',
    at('mine/validation.txt'),
    '--eyes',
    '0,1',
    '--init',
    'shipped',
    '--size',
    '96',
    '--batch',
    '8',
    '--epochs',
    '40',
    '--lr',
    '0.001',
    '--ema',
    '0.98',
    '--log',
    at('log.jsonl'),
    '--plot',
    at('curves.svg'),
    '--out',
    at('mine.safetensors'),
  );
  const nmes = readFileSync(at('log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).nme as number);
  // Who always answers with the mean face in the crop does worse by far.
  const mean = await meanFaceNme(at('mine/list.txt'), at('mine/validation.txt'));
  expect(nmes.at(-1)).toBeLessThan(mean / 3);
  expect(existsSync(at('curves.svg'))).toBe(true);

  output.splice(0);
  await run(
    evaluateCommand(),
    '--list',
    at('mine/validation.txt'),
    '--images',
    at('mine/images'),
    '--model',
    at('mine.safetensors'),
    '--eyes',
    '0,1',
    '--json',
  );
  expect(JSON.parse(output.join('\n')).merged.nme).toBeCloseTo(nmes.at(-1)!, 6);
}, 240_000);
