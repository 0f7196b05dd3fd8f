// @module-tag slow
// examples/bullmq on a Redis of its own: workers that are killed lose no picture.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { execute } from '../runtimes/execute.js';
import { picture, testApp } from '../runtimes/test-app.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PICTURES = 24;
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

if (hasRedis) await testExample();
else describe.skip('examples/bullmq: skipped, there is no redis-server', () => test('it', () => {}));

async function testExample() {
  const app = await testApp(fileURLToPath(new URL('../../examples/bullmq', import.meta.url)));
  const data = mkdtempSync(join(tmpdir(), 'pipnet-redis-'));
  const photos = join(app.folder, 'photos');
  const results = join(app.folder, 'results');
  const names = Array.from({ length: PICTURES }, (_, i) => `photos/${i}.jpg`);
  const env = { LOCK_MS: '2000' };
  let redis;
  const run = (script, ...args) => execute(process.execPath, [script, ...args], app.folder, env);
  const counts = async () => JSON.parse((await run('status.js')).split('\n')[0]);
  const filesOf = (folder) => readdirSync(folder).filter((name) => name.endsWith('.json'));

  beforeAll(async () => {
    const port = await freePort();
    env.REDIS_URL = `redis://127.0.0.1:${port}`;
    redis = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), '--dir', data, '--save', '', '--appendonly', 'yes']);
    await new Promise((resolve) => redis.stdout.on('data', (text) => String(text).includes('Ready to accept') && resolve()));
    mkdirSync(photos);
    mkdirSync(results);
    for (const name of names) copyFileSync(picture, join(app.folder, name));
    writeFileSync(join(app.folder, 'photos/damaged.jpg'), 'no picture');
  });
  afterAll(async () => {
    const ended = new Promise((resolve) => redis.once('exit', resolve));
    redis.kill('SIGKILL');
    await ended;
    rmSync(data, { recursive: true });
  });

  function startWorker() {
    const child = spawn(process.execPath, ['worker.js'], { cwd: app.folder, env: { ...process.env, ...env }, stdio: 'pipe' });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    return { child, ended, ready: new Promise((resolve) => child.stdout.once('data', resolve)) };
  }

  app.describe('examples/bullmq', () => {
    test('two workers, of which two are killed: every result is there, once and whole', async () => {
      const workers = [startWorker(), startWorker()];
      await Promise.all(workers.map(({ ready }) => ready));
      // Twice: a picture that is there already is no other one.
      for (let i = 0; i < 2; i++) await run('add.js', ...names, 'photos/damaged.jpg');
      for (const some of [2, 8]) {
        await vi.waitUntil(() => filesOf(results).length >= some, { timeout: 60_000, interval: 5 });
        const { child, ended } = workers.shift();
        child.kill('SIGKILL');
        expect(await ended).toBe('SIGKILL');
        workers.push(startWorker());
      }
      await vi.waitFor(async () => expect(await counts()).toMatchObject({ completed: PICTURES, failed: 1 }), {
        timeout: 100_000,
        interval: 500,
      });
      expect(await counts()).toEqual({ wait: 0, active: 0, delayed: 0, completed: PICTURES, failed: 1 });
      expect(await run('status.js')).toMatch(/^\{.*\}\n\S*damaged\.jpg is not a picture/);

      const written = filesOf(results).map((name) => JSON.parse(readFileSync(join(results, name), 'utf8')));
      expect(written.map(({ image }) => image).sort()).toEqual(names.map((name) => join(app.folder, name)).sort());
      for (const { faces } of written) expect(faces).toEqual(written[0].faces);
      expect(written[0].faces).toHaveLength(1);

      for (const { child } of workers) child.kill('SIGTERM');
      expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0]);
    });

    test('prints pictures per second with one worker and with two', async () => {
      const table = await run('measure.js', picture, '--pictures', '8');
      expect(table).toMatch(/^\| workers \| pictures\/s \|\n\|--:\|--:\|\n\| 1 \| \d+\.\d \|\n\| 2 \| \d+\.\d \|$/m);
      console.log(table);
    });
  });
}

/** A port of this machine that nobody listens on. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
