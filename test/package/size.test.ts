import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const entry = (runtime: string) => fileURLToPath(new URL(`../../dist/platform/${runtime}.js`, import.meta.url));

it('core and kernels stay below 60 kB', async () => {
  const { outputFiles } = await build({ entryPoints: [entry('browser')], bundle: true, minify: true, format: 'esm', write: false });
  expect(gzipSync(outputFiles[0].contents).length).toBeLessThan(60_000);
});
