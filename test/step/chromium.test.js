// Training steps in a real browser, on threads, against the same in Node.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { spawnThread } from '../../src/runtimes/node/spawn-thread.ts';
import { executablePath, launch } from '../demo/browser.js';
import { ISOLATION, serve } from '../runtimes/chromium/server.js';
import { takeSteps } from './steps.ts';

const SCRIPT = `
  import { spawnWorker } from '../../src/runtimes/browser/spawn-worker.ts';
  import { takeSteps } from './steps.ts';
  globalThis.output = (async () => [await takeSteps({}), await takeSteps({ threads: 2, spawn: spawnWorker })])();`;

test.skipIf(!executablePath)(
  executablePath ? 'trains in Chromium as in Node' : 'trains in Chromium: skipped, there is none (install it, or set CHROMIUM to its path)',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pipnet-training-'));
    const server = await serve(folder, ISOLATION);
    let browser;
    try {
      // Bundled for browsers: esbuild refuses whatever is Node's own.
      await build({
        stdin: { contents: SCRIPT, resolveDir: import.meta.dirname, loader: 'ts' },
        bundle: true,
        format: 'esm',
        platform: 'browser',
        outfile: join(folder, 'steps.js'),
        logLevel: 'silent',
      });
      await writeFile(join(folder, 'index.html'), '<script type="module" src="steps.js"></script>');
      browser = await launch();
      const page = await browser.newPage();
      await page.goto(`${server.origin}/index.html`);
      await page.waitForFunction('globalThis.output', undefined, { timeout: 60_000 });
      const figures = await page.evaluate('globalThis.output');
      const expected = [await takeSteps({}), await takeSteps({ threads: 2, spawn: spawnThread })];
      expected.flat().forEach((figure, i) => expect(Math.abs(figures.flat()[i] / figure - 1)).toBeLessThan(1e-4));
      expect(figures.flat()).toHaveLength(12);
      expect(figures[0]).not.toEqual(figures[1]);
    } finally {
      await browser?.close();
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
  180_000,
);
