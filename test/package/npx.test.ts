/** `npx pipnet-wasm` in a clone: npm links the clone at first use, runs its `prepare`, and is stuck for ever if that fails. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

/** A clone without what `npm install` makes, and an npm that has never been used. */
function clone() {
  const folder = mkdtempSync(join(tmpdir(), 'pipnet-clone-'));
  folders.push(folder);
  for (const name of ['package.json', 'bin', 'build.js']) cpSync(join(root, name), join(folder, name), { recursive: true });
  const { npm_command: _, ...env } = process.env;
  const npx = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('npx', ['pipnet-wasm', ...args], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 100_000,
      env: { ...env, npm_config_cache: join(folder, '.npm'), npm_config_update_notifier: 'false', npm_config_offline: 'true' },
    });
    return { status, stdout, stderr };
  };
  return { folder, npx };
}

test('before npm install it says so, in one line; after it, it runs without a build', () => {
  const { folder, npx } = clone();
  for (let i = 0; i < 2; i++) {
    const { status, stderr } = npx('photo.jpg');
    expect(stderr).toMatch(/^pipnet-wasm: not built yet: run "npm install" in .*pipnet-clone-.*\n$/);
    expect(status).toBe(1);
  }
  for (const name of ['dist', 'node_modules']) symlinkSync(join(root, name), join(folder, name));
  expect(npx('--version')).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
}, 200_000);
