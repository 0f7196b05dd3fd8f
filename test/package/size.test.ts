import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const entry = (runtime: string) => fileURLToPath(new URL(`../../dist/runtimes/${runtime}/index.js`, import.meta.url));

it('core and kernels stay below 64 kB', async () => {
  // Encoded pictures are read by a part that is loaded with the first of them.
  const external = ['./decode.js'];
  const { outputFiles } = await build({
    entryPoints: [entry('browser')],
    external,
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  });
  expect(gzipSync(outputFiles[0].contents).length).toBeLessThan(64_000);
});
