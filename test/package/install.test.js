// @module-tag slow
// The packed package as npm installs it: what comes with it, and what it says of packages that don't.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { picture, testApp } from '../runtimes/test-app.js';
import { installedIn, lockOf } from './measure.js';

// Each test starts the program.
vi.setConfig({ testTimeout: 60_000 });

const MAX_BYTES = 30e6;
const MAX_PACKAGES = 40;

const app = await testApp();
const seed = (name) => fileURLToPath(new URL(`../fuzz/seeds/${name}`, import.meta.url));

/** The installed program. */
function run(...args) {
  const program = join(app.folder, 'node_modules/.bin/pipnet-wasm');
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: app.folder, encoding: 'utf8', timeout: 60_000 });
  return { status, out: stdout, error: stderr };
}

app.describe('the packed package', () => {
  test('is installed in less than 30 MB and 40 packages', () => {
    const { bytes, packages } = installedIn(app.folder);
    expect(packages).toBeGreaterThan(5);
    expect(packages).toBeLessThan(MAX_PACKAGES);
    expect(bytes).toBeGreaterThan(10e6);
    expect(bytes).toBeLessThan(MAX_BYTES);
  });

  test('nothing of it runs at installation', () => {
    expect(Object.entries(lockOf(app.folder)).filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(app.folder, 'node_modules/pipnet-wasm/package.json'), 'utf8'));
    expect(manifest).not.toHaveProperty('scripts');
    expect(manifest).not.toHaveProperty('devDependencies');
    expect(manifest).toMatchObject({ repository: {}, homepage: /./, bugs: /./, author: /./, publishConfig: { provenance: true } });
  });

  test('finds a face, draws it, and measures itself', () => {
    copyFileSync(picture, join(app.folder, 'photo.jpg'));
    expect(run('photo.jpg')).toEqual({ status: 0, out: expect.stringContaining('1 face'), error: '' });
    expect(run('bench', '--seconds', '0.01')).toEqual({ status: 0, out: expect.stringContaining('frames/s'), error: '' });
  });

  test('reads and writes JPEGs through jimp', () => {
    copyFileSync(fileURLToPath(new URL('../image/samples/cmyk.jpg', import.meta.url)), join(app.folder, 'cmyk.jpg'));
    writeFileSync(join(app.folder, 'labels.txt'), 'cmyk.jpg 1 1 6 1 3 6\n');
    expect(run('prepare', '--format', 'list', 'labels.txt', '--images', '.', '--out', 'crops')).toMatchObject({ status: 0, error: '' });
    expect([...readFileSync(join(app.folder, 'crops/images/cmyk.jpg')).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  });

  test.each(['cofw', 'aflw'])('names the package that MATLAB 7.3 files of %s need', (format) => {
    writeFileSync(join(app.folder, 'v73.mat'), readFileSync(seed(`v73.${format}-hdf5`)));
    const { status, error } = run('prepare', '--format', format, 'v73.mat', '--out', `crops-${format}`);
    expect(status).toBe(1);
    expect(error).toMatch(/^pipnet-wasm: v73\.mat is a MATLAB 7\.3 file, .*: run "npm install h5wasm" beside pipnet-wasm\n$/);
  });
});
