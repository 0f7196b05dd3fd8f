// @module-tag slow
// Many pictures: several at once, and runs that are killed.
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inOrder, Jobs } from '../../dist/cli/jobs.js';
import { paceOf } from '../../dist/cli/progress.js';

vi.setConfig({ testTimeout: 120_000 });

const PICTURES = 12;
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const photograph = fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pipnet-jobs-'));
const COMMAND = ['--json', '--model', 'nano', 'photos'];
let expected;

beforeAll(() => {
  mkdirSync(join(folder, 'photos'));
  for (let i = 1; i <= PICTURES; i++) copyFileSync(photograph, join(folder, `photos/${i}.jpg`));
  writeFileSync(join(folder, 'photos/5.jpg'), 'no picture');
  expected = recordsOf(run(COMMAND).stdout);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args) => spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8' });
const linesOf = (text) => text.split('\n').slice(0, -1);
/** What a run found, without its times. */
const recordsOf = (text) => linesOf(text).map((line) => ({ ...JSON.parse(line), milliseconds: undefined }));
const read = (name) => readFileSync(join(folder, name), 'utf8');

it('several at once print what one after the other does, in the same order', () => {
  expect(expected.map(({ image }) => image)).toEqual(Array.from({ length: PICTURES }, (_, i) => join('photos', `${i + 1}.jpg`)));
  const { stdout, stderr, status } = run([...COMMAND, '--jobs', '3', '--crops', '112', '--no-draw', '--out', 'crops']);
  expect({ stderr, status }).toEqual({ stderr: '', status: 1 });
  expect(recordsOf(stdout).map(({ crops, ...record }) => record)).toEqual(expected);
  expect(readdirSync(join(folder, 'crops'))).toHaveLength(PICTURES - 1);
});

it('no more threads are started than there are pictures', () => {
  const { stderr } = spawnSync(process.execPath, [program, '--json', '--model', 'nano', '--jobs', '64', 'photos/1.jpg', 'photos/2.jpg'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_DEBUG: 'worker' },
  });
  expect(stderr.match(/create new worker/g)).toHaveLength(2);
});

it('what is killed goes on where it was: nothing is lost, nothing done twice', async () => {
  for (const atLeast of [2, 6]) {
    const child = spawn(process.execPath, [program, ...COMMAND, '--jobs', '2', '--resume', 'killed.jsonl'], { cwd: folder });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    const path = join(folder, 'killed.jsonl');
    await vi.waitUntil(() => existsSync(path) && linesOf(read('killed.jsonl')).length >= atLeast, { timeout: 60_000, interval: 2 });
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    // As a machine leaves it that goes down while it writes.
    appendFileSync(path, '{"schemaVersion":1,"image":"photos/');
  }
  const before = linesOf(read('killed.jsonl'));
  const { status, stdout } = run([...COMMAND, '--jobs', '2', '--resume', 'killed.jsonl']);
  // A picture that failed in an earlier run has its line already.
  expect({ status, stdout }).toEqual({ status: before.some((line) => line.includes('"error"')) ? 0 : 1, stdout: '' });
  expect(linesOf(read('killed.jsonl')).slice(0, before.length)).toEqual(before);
  expect(recordsOf(read('killed.jsonl'))).toEqual(expected);
  // By another name of the folder, with a line that an editor left empty: still nothing is done twice.
  appendFileSync(join(folder, 'killed.jsonl'), '\n');
  run([...COMMAND.slice(0, -1), join('..', basename(folder), 'photos'), '--resume', 'killed.jsonl']);
  expect(recordsOf(read('killed.jsonl').trimEnd().concat('\n'))).toEqual(expected);
});

describe('one line says what is wrong', () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'other.txt'), 'a diary\n');
    writeFileSync(join(folder, 'note.txt'), 'a note');
  });
  it.each([
    ['--resume faces.jsonl photos', '--resume faces.jsonl is for JSON Lines: give --json too'],
    ['--json --resume other.txt photos', 'other.txt:1: "a diary" is no line of --json: name another file, or delete that line'],
    ['--json --resume note.txt photos', 'note.txt:1: "a note" is no line of --json: name another file, or delete that line'],
    ['--json --resume /dev/null photos', '/dev/null is no file that can be added to: name another one'],
    ['--json --resume faces.jsonl -', '--resume is for files, not for standard input: leave it out'],
    ['--json --resume nowhere/a.jsonl photos', "can't write nowhere/a.jsonl: there is no folder nowhere"],
    ['--json --jobs 2 -', '--jobs is for files, not for standard input: leave it out'],
    ['--jobs 0 photos', '--jobs 0 is not a whole number from 1 to 64'],
    [
      '--model naon photos',
      "naon can't be read: there is no such file; those that ship are the models default, nano, clean, 98 and the detectors facegrid, faceboxes",
    ],
    ['--jobs 2 --model nowhere.safetensors photos', "nowhere.safetensors can't be read: there is no such file"],
  ])('%s', (args, message) => {
    const { status, stdout, stderr } = run(args.split(' '));
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: `pipnet-wasm: ${message}\n` });
    expect([read('other.txt'), read('note.txt')]).toEqual(['a diary\n', 'a note']);
  });
});

it('a picture of which a thread dies is the only one that fails', async () => {
  const threads = [];
  const keep = (thread) => threads.push(thread);
  process.on('worker', keep);
  const jobs = await Jobs.start(1, { model: 'nano', refine: true });
  const job = { image: photograph };
  const all = [jobs.find(job), jobs.find(job), jobs.find(job)].map((found) => found.catch((error) => error.message));
  await threads[0].terminate();
  const [first, ...others] = await Promise.all(all);
  expect(first).toMatch(/^the job that looked at it has died \(it ended with code 1\)/);
  for (const { faces } of others) expect(faces).toHaveLength(1);
  expect(threads).toHaveLength(2);
  process.off('worker', keep);
  jobs.dispose();
});

it('begins as many as are wanted, and gives them in order', async () => {
  const begun = [];
  const results = [];
  for (const [item, result] of inOrder([1, 2, 3, 4, 5], 2, async (item) => begun.push(item) && item * item)) {
    results.push([item, await result, begun.length]);
  }
  expect(results).toEqual([
    [1, 1, 2],
    [2, 4, 3],
    [3, 9, 4],
    [4, 16, 5],
    [5, 25, 5],
  ]);
});

it('says how fast it goes', () => {
  expect(paceOf(10, 100, 2000)).toBe(', 5.0/s, 0:20 left');
  expect(paceOf(1, 125, 1000)).toBe(', 1.0/s, 2:05 left');
  expect(paceOf(1, 3723, 1000)).toBe(', 1.0/s, 1:02:03 left');
});
