import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { evaluateCommand } from '../../src/cli/evaluate.ts';
import { temporaryFolder } from '../augment/pictures.ts';

const images = new URL('../images/', import.meta.url).pathname;
const points = [230, 300, 300, 300, 265, 340, 240, 370, 290, 370];

async function evaluate(list: string, ...more: string[]): Promise<string> {
  const output: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => void output.push(text));
  try {
    await evaluateCommand().parseAsync(['--detector', 'faceboxes', '--list', list, '--images', images, ...more], { from: 'user' });
  } finally {
    log.mockRestore();
  }
  return output.join('\n');
}

test('a detector of the package finds a face that is marked, and not one that is marked elsewhere', async () => {
  const list = join(temporaryFolder(), 'faces.jsonl');
  const faces = [
    { box: [180, 120, 170, 210], points },
    { box: [5, 400, 40, 40], points: points.map((value, i) => value + (i % 2 === 0 ? -240 : 100)) },
  ];
  writeFileSync(list, JSON.stringify({ name: 'grace-hopper.jpg', faces }));
  const text = await evaluate(list, '--negatives', images);
  expect(text).toMatch(/recall +50\.0 % +1 of 2/);
  expect(text).toMatch(/precision +100\.0 %/);
  expect(text).toMatch(/30 to 60 px +0\.0 % +0 of 1/);
  expect(text).toMatch(/recall, landmarks having a say +50\.0 % +1 of 2/);
  expect(text).toMatch(/1 false alarms in 1 pictures without faces, 1 where landmarks have a say/);
  expect(JSON.parse(await evaluate(list, '--json'))).toMatchObject({
    recall: 0.5,
    precision: 1,
    pictures: 1,
    averagePrecision: 0.5,
    withLandmarks: { found: 1, precision: 1 },
  });
  await expect(evaluate(list, '--held-out', '0')).rejects.toThrow(/--held-out 0 leaves none of the 1 pictures/);
}, 30_000);
