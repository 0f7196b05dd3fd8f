// @module-tag slow
// examples/next as its README builds it: both sides.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { originOf } from '../bundlers/next/run.js';
import { executablePath } from '../demo/browser.js';
import { withPage } from '../runtimes/chromium/browser.js';
import { execute } from '../runtimes/execute.js';
import { picture, testApp } from '../runtimes/test-app.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });
process.env.NEXT_TELEMETRY_DISABLED = '1';

const app = await testApp(fileURLToPath(new URL('../../examples/next', import.meta.url)));

app.describe('examples/next', () => {
  let server;
  let origin;
  beforeAll(async () => {
    await execute('npm', ['run', 'build'], app.folder);
    const next = ['node_modules/next/dist/bin/next', 'start', '--hostname', '127.0.0.1', '--port', '0'];
    server = spawn(process.execPath, next, { cwd: app.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    origin = await originOf(server);
  });
  afterAll(() => server?.kill('SIGKILL'));

  const post = async (body) => {
    const response = await fetch(`${origin}/api/landmarks`, { method: 'POST', body });
    return { status: response.status, ...(await response.json()) };
  };

  test('its route answers with faces, and refuses what it must', async () => {
    const { status, faces } = await post(readFileSync(picture));
    expect(status).toBe(200);
    expect(faces).toEqual([expect.objectContaining({ landmarks: expect.any(Array), box: expect.any(Object) })]);
    expect(faces[0].landmarks).toHaveLength(68);
    expect(await post('no picture')).toEqual({ status: 422, error: { name: 'ImageError', message: expect.stringContaining('picture') } });
    expect(await post()).toMatchObject({ status: 422, error: { name: 'ImageError' } });
    expect(await post(new Uint8Array(10e6 + 1))).toMatchObject({ status: 413, error: { name: 'TooLarge' } });
  });

  test.skipIf(!executablePath)('its page finds the face, too', () =>
    withPage(origin, async (page) => {
      await page.setInputFiles('input', picture);
      await page.getByRole('status').filter({ hasText: '1 face found' }).waitFor();
      await page.getByRole('button', { name: 'Face 1 of 1' }).waitFor();
      await page.getByRole('button', { name: 'Ask the server' }).click();
      await page.getByRole('status').filter({ hasText: 'The server finds 1' }).waitFor();
    }),
  );
});
