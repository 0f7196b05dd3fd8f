import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('hundreds of calls grow neither linear memory nor the heap', () => {
  const script = fileURLToPath(new URL('../leak.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', script, '300'], { encoding: 'utf8', timeout: 300_000 });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^300 calls: heap/);
  expect(status, stdout).toBe(0);
}, 300_000);
