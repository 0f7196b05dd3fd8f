// @module-tag slow
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('hundreds of calls and some instances grow neither linear memory nor the heap', () => {
  const script = fileURLToPath(new URL('../soak/main.js', import.meta.url));
  const parts = ['--landmarks', '300', '--detections', '150', '--cycles', '10'];
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', script, ...parts], { encoding: 'utf8', timeout: 300_000 });
  expect(stderr).toBe('');
  expect(stdout.match(/^\d+ .*: heap/gm)).toHaveLength(4);
  expect(status, stdout).toBe(0);
}, 300_000);
