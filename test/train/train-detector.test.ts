// @module-tag slow
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trainDetectorCommand } from '../../src/cli/train-detector.ts';
import { isHeldOut } from '../../src/datasets/detection-list.ts';
import { trainDetector } from '../../src/train/train-detector.ts';
import { readModel } from '../../src/weights/model.ts';
import { faceAt, temporaryFolder, writeFaces } from '../augment/pictures.ts';
import { captureOutput } from './output.ts';

const output = captureOutput();

/** Faces of five dots with boxes around them, and a folder of pictures without. */
async function pictures(count: number) {
  const folder = temporaryFolder();
  const places = Array.from({ length: count }, (_, i) => [90 + 7 * (i % 8), 90 + 5 * (i % 5)]);
  const samples = await writeFaces(
    folder,
    places.map(([x, y]) => faceAt(x, y)),
  );
  const list = join(folder, 'faces.jsonl');
  const lines = samples.map(({ name, points }, i) => {
    const [x, y] = places[i];
    return JSON.stringify({ name, faces: [{ box: [x - 50, y - 60, 100, 120], points: [...points] }] });
  });
  writeFileSync(list, lines.join('\n'));
  const negatives = join(folder, 'empty');
  mkdirSync(negatives);
  writeFileSync(join(negatives, 'empty.png'), readFileSync(join(folder, '0.png')));
  return { folder, list, negatives, names: samples.map(({ name }) => name) };
}

type Pictures = Awaited<ReturnType<typeof pictures>>;

function run({ folder, list, negatives }: Pictures, out: string, ...more: string[]): Promise<unknown> {
  const common = ['--list', list, '--images', folder, '--negatives', negatives, '--out', join(folder, out)];
  return trainDetectorCommand().parseAsync([...common, '--size', '64', '--batch', '4', '--workers', '0', '--epochs', '2', ...more], {
    from: 'user',
  });
}

test('writes a detector and a log, and goes on where it was stopped', async () => {
  const set = await pictures(8);
  const log = join(set.folder, 'log.jsonl');
  await run(set, 'whole.safetensors', '--log', log, '--plot', join(set.folder, 'curve.svg'), '--profile', '--licence', 'none');
  const bytes = readFileSync(join(set.folder, 'whole.safetensors'));
  expect(readModel(bytes)).toMatchObject({ kind: 'facegrid', licence: 'none' });
  const [first] = readFileSync(log, 'utf8').split('\n');
  expect(JSON.parse(first)).toMatchObject({ epoch: 1, steps: 3, parts: { score: expect.any(Number), box: expect.any(Number) } });
  expect(output.join('\n')).toMatch(/stem +backward/);

  // As Ctrl-C in the middle of the first epoch.
  setTimeout(() => process.emit('SIGINT'), 0);
  process.once('SIGINT', () => {});
  await run(set, 'parts.safetensors', '--licence', 'none');
  // Threads that prepare batches change nothing.
  await run(set, 'parts.safetensors', '--licence', 'none', '--resume', '--workers', '1');
  expect(readFileSync(join(set.folder, 'parts.safetensors')).equals(bytes)).toBe(true);
  await expect(run(set, 'parts.safetensors', '--resume', '--batch', '2')).rejects.toThrow(/begun with batch 4, not 2/);
}, 120_000);

test('pictures held out, listed or beyond the limit are not learned', async () => {
  const set = await pictures(12);
  const read = async (more: object) => {
    let total = 0;
    await trainDetector(
      { sets: [{ list: set.list, images: set.folder }], out: join(set.folder, 'a.safetensors'), size: 64, batch: 4, workers: 0, ...more },
      { onReading: (_, all) => (total = all), isStopped: () => true },
    );
    return total;
  };
  expect(await read({})).toBe(12);
  expect(await read({ heldOut: 30 })).toBe(set.names.filter((name) => !isHeldOut(name, 30)).length);
  expect(await read({ limit: 5 })).toBe(5);
  const [line] = readFileSync(set.list, 'utf8').split('\n');
  writeFileSync(join(set.folder, 'one.jsonl'), line);
  expect(await read({ without: [join(set.folder, 'one.jsonl')] })).toBe(11);
}, 60_000);

test.each([
  [['--size', '80'], /size 80 is not a multiple of 32/],
  [['--held-out', '101'], /--held-out 101/],
  [['--limit', '0'], /--limit 0/],
  [['--negatives', 'missing'], /can't read the folder missing/],
  [['--without', 'missing.txt'], /can't read the list missing\.txt/],
  [['--init', 'missing.safetensors'], /missing\.safetensors can't be read/],
  [['--list', 'b.jsonl'], /--list is there 2 times and --images 1/],
  [['--held-out', '100'], /no picture with a face/],
])('refuses %j', async (options, message) => {
  await expect(run(await pictures(2), 'a.safetensors', ...options)).rejects.toThrow(message);
});
