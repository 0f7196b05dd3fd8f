// @module-tag slow
// examples/server in Node, Bun and Deno, as its README starts it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bomb, goneClient, slowClient } from '../../examples/server/bad-clients.js';
import { originOf } from '../bundlers/next/run.js';
import { execute } from '../runtimes/execute.js';
import { binaryOf, CACHE, Unavailable } from '../runtimes/install.js';
import { picture, testApp } from '../runtimes/test-app.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const app = await testApp(fileURLToPath(new URL('../../examples/server', import.meta.url)));
const photo = readFileSync(picture);

const runtimes = [
  ['Node', async () => [process.execPath]],
  ['Bun', async () => [await binaryOf('bun@1', '@oven/*/bin/bun')]],
  ['Deno', async () => [await binaryOf('deno@2', '@deno/*/deno'), 'run', '--allow-all']],
];

/** Starts it; `end` asks it to end and gives its exit code. */
async function start([program, ...options], environment = {}) {
  const env = { ...process.env, DENO_DIR: `${CACHE}/deno`, HOST: '127.0.0.1', PORT: '0', THREADS: '1', ...environment };
  const server = spawn(program, [...options, 'server.js'], { cwd: app.folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const origin = await originOf(server);
  const post = async (body, init = {}) => {
    const response = await fetch(`${origin}/landmarks`, { method: 'POST', body, ...init });
    return { status: response.status, ...(await response.json()) };
  };
  const health = async () => (await fetch(`${origin}/health`)).json();
  const end = () => {
    server.kill('SIGTERM');
    return ended;
  };
  return { origin, post, health, end, kill: () => server.kill('SIGKILL') };
}

/** Waits for the server to have nothing to do. */
const idle = ({ health }) => vi.waitFor(async () => expect(await health()).toMatchObject({ requests: 0, running: 0 }), 20_000);

const refused = (status, name, message = '') => ({ status, error: { name, message: expect.stringContaining(message) } });

app.describe.each(runtimes)('examples/server in %s', (_, program) => {
  let server;
  let missing;
  beforeAll(async () => {
    try {
      server = await start(await program(), { MAX_BYTES: '1000000', BODY_MS: '1500' });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      missing = `skipped, ${error.message}`;
    }
  });
  afterAll(() => server?.kill());
  const run = (name, act) =>
    test(name, async ({ skip }) => {
      skip(missing !== undefined, missing);
      await act();
    });

  run('finds the face of a body and of a form', async () => {
    const form = new FormData();
    form.set('note', 'a portrait');
    form.set('file', new Blob([photo]), 'photo.jpg');
    for (const body of [photo, form, new Blob([photo]).stream()]) {
      const { status, width, height, faces } = await server.post(body, { duplex: 'half' });
      expect({ status, width, height }).toEqual({ status: 200, width: 512, height: 600 });
      expect(faces).toHaveLength(1);
      expect(faces[0].landmarks).toHaveLength(68);
    }
  });

  run('refuses what is no picture, too large or too slow, by name', async () => {
    expect(await server.post('nonsense')).toEqual(refused(422, 'ImageError', 'nonsense'));
    expect(await server.post()).toEqual(refused(422, 'ImageError', 'empty'));
    const empty = new FormData();
    empty.set('note', 'no file');
    expect(await server.post(empty)).toEqual(refused(400, 'NoFile'));
    const large = new Uint8Array(1e6 + 1);
    expect(await server.post(large)).toEqual(refused(413, 'TooLarge', '1 MB'));
    expect(await server.post(new Blob([large]).stream(), { duplex: 'half' })).toEqual(refused(413, 'TooLarge'));
    expect(await slowClient(server.origin)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"TooLate"/);
    for (const [path, method, status] of [
      ['/', 'GET', 404],
      ['/landmarks', 'GET', 405],
    ])
      expect((await fetch(server.origin + path, { method })).status).toBe(status);
    await idle(server);
  });

  run('of bombs, nothing is inflated that is no pixel', async () => {
    expect(await server.post(bomb(30_000, 100))).toEqual(refused(422, 'ImageError', '25 megapixels'));
    expect(await server.post(bomb(16, 200e6))).toEqual({ status: 200, width: 16, height: 16, faces: [] });
    expect((await server.post(photo)).status).toBe(200);
  });

  run('clients that go away leave nothing behind', async () => {
    await Promise.all(Array.from({ length: 6 }, () => goneClient(server.origin, photo)));
    await idle(server);
    expect((await server.post(photo)).status).toBe(200);
  });

  run('is asked to end, and answers first whom it has let in', async () => {
    const answers = [1, 2, 3].map(() => server.post(photo));
    await vi.waitFor(async () => expect((await server.health()).requests).toBeGreaterThan(0), { timeout: 5000, interval: 1 });
    expect(await server.end()).toBe(0);
    const statuses = (await Promise.allSettled(answers)).map(({ value, reason }) => value?.status ?? reason.cause?.code);
    expect(statuses).toContain(200);
    for (const status of statuses) expect([200, 'ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET']).toContain(status);
    await expect(fetch(server.origin)).rejects.toThrow();
  });
});

app.describe('examples/server', () => {
  test('lets in no more requests than it may hold', async () => {
    const server = await start([process.execPath], { MAX_REQUESTS: '1', BODY_MS: '3000' });
    const slow = slowClient(server.origin);
    await vi.waitFor(async () => expect(await server.health()).toMatchObject({ requests: 1 }), 5000);
    expect(await server.post(photo)).toEqual(refused(503, 'Busy', 'try again'));
    await slow;
    expect((await server.post(photo)).status).toBe(200);
    expect(await server.end()).toBe(0);
  });

  test('a picture that takes too long ends, and the next has a thread again', async () => {
    const server = await start([process.execPath], { PICTURE_MS: '1' });
    for (let i = 0; i < 2; i++) expect(await server.post(photo)).toEqual(refused(422, 'TooSlow'));
    expect(await server.end()).toBe(0);
  });

  test('names a setting that is wrong', async () => {
    for (const [name, value, range] of [
      ['PORT', 'http', 'from 0 to 65535'],
      ['PORT', '70000', 'from 0 to 65535'],
      ['THREADS', '0', 'from 1'],
    ])
      await expect(execute(process.execPath, ['server.js'], app.folder, { [name]: value })).rejects.toThrow(
        `${name} is "${value}": give a whole number ${range}`,
      );
  });

  test('measures itself under load', async () => {
    const table = await execute(process.execPath, ['load.js', picture, '--clients', '2', '--seconds', '2'], app.folder, { THREADS: '1' });
    const [good, bad] = table.trim().split('\n').slice(2);
    expect(good).toMatch(/^\| 2 \| [\d.]+ \| \d+ ms \| \d+ ms \| \d+ ms \| 0 \| \d+ MB \|$/);
    expect(bad).toContain('4 that misbehave');
  });
});
