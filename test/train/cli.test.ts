// @module-tag slow
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trainCommand } from '../../src/cli/train.ts';
import { readModel, type PipnetModel } from '../../src/weights/model.ts';
import { faceAt, temporaryFolder, writeFaces } from '../augment/pictures.ts';
import { captureOutput } from './output.ts';

const output = captureOutput();

/** Faces of five dots and their list. */
async function faces(count: number): Promise<{ folder: string; list: string }> {
  const folder = temporaryFolder();
  const samples = await writeFaces(
    folder,
    Array.from({ length: count }, (_, i) => faceAt(90 + 7 * (i % 8), 90 + 5 * (i % 5), 0.8 + 0.05 * (i % 6))),
  );
  const list = join(folder, 'list.txt');
  writeFileSync(list, samples.map(({ name, points }) => `${name} ${[...points].join(' ')}`).join('\n'));
  return { folder, list };
}

function run({ folder, list }: { folder: string; list: string }, out: string, ...more: string[]): Promise<unknown> {
  const common = ['--list', list, '--images', folder, '--out', join(folder, out), '--backbone', 'mobilenet_v3', '--neighbours', '3'];
  return trainCommand().parseAsync([...common, '--size', '64', '--batch', '4', '--workers', '0', '--epochs', '2', ...more], {
    from: 'user',
  });
}

test('writes a model, a log, and goes on where it was stopped', async () => {
  const set = await faces(8);
  const log = join(set.folder, 'log.jsonl');
  await run(set, 'whole.safetensors', '--val', set.list, '--eyes', '0,1', '--log', log, '--profile');
  const model = readModel(readFileSync(join(set.folder, 'whole.safetensors'))) as PipnetModel;
  expect(model.architecture).toEqual({ backbone: 'mobilenet_v3', stride: 32, landmarks: 5, neighbours: 3 });
  expect(model.meanFace[0]).toBeLessThan(model.meanFace[2]);
  const records = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records.map(({ epoch, steps }) => [epoch, steps])).toEqual([
    [1, 2],
    [2, 4],
  ]);
  expect(records[1]).toMatchObject({ loss: expect.any(Number), nme: expect.any(Number), imagesPerSecond: expect.any(Number) });
  expect(output.join('\n')).toMatch(/epoch 2\/2: loss .*NME .* images\/s/);
  expect(output.join('\n')).toMatch(/features\.0\.0 +backward/);

  // As Ctrl-C in the middle of the first epoch.
  setTimeout(() => process.emit('SIGINT'), 0);
  process.once('SIGINT', () => {});
  await run(set, 'parts.safetensors');
  await run(set, 'parts.safetensors', '--resume');
  expect(readFileSync(join(set.folder, 'parts.safetensors')).equals(readFileSync(join(set.folder, 'whole.safetensors')))).toBe(true);
}, 120_000);

test.each([
  [['--drop', '30,20'], /drops \[30, 20\] are no rising epochs/],
  [['--size', '50'], /size 50 is not a multiple/],
  [['--lr', 'fast'], /--lr fast is not a number/],
  [['--threads', '0'], /--threads 0 is not a whole number/],
  [['--val', 'missing.txt'], /can't read the list missing\.txt/],
  [['--init', 'missing.pth'], /missing\.pth can't be read/],
])('refuses %j', async (options, message) => {
  await expect(run(await faces(4), 'model.safetensors', ...options)).rejects.toThrow(message);
});

test('refuses a folder that does not exist, before it trains', async () => {
  await expect(run(await faces(4), 'none/model.safetensors')).rejects.toThrow(/can't write .*there is no folder/);
});
