// The reader of pictures in workerd, where an isolate has 128 MB.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { badCase, encode, pngWithOrientation, quadrants } from '../image/pictures.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let miniflare: Miniflare;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipnet-pictures-'));
  await writeFile(
    join(folder, 'index.js'),
    `import { decodeImage } from '${join(root, 'dist/runtimes/workerd/image.js')}';
    export default {
      fetch: async (request) => decodeImage(await request.arrayBuffer())
        .then(({ width, height }) => new Response(width + 'x' + height), ({ name, message }) => new Response(name + ': ' + message)),
    };`,
  );
  const outdir = join(folder, 'dist');
  await build({
    entryPoints: [join(folder, 'index.js')],
    outdir,
    bundle: true,
    format: 'esm',
    conditions: ['workerd'],
    loader: { '.wasm': 'copy' },
  });
  miniflare = new Miniflare({
    modules: true,
    modulesRoot: outdir,
    scriptPath: join(outdir, 'index.js'),
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    compatibilityDate: '2026-04-01',
  });
  await miniflare.ready;
}, 60_000);

afterAll(async () => {
  await miniflare?.dispose();
  await rm(folder, { recursive: true });
});

const decode = async (body: Uint8Array) => (await miniflare.dispatchFetch('http://localhost/', { method: 'POST', body })).text();

/** Resident megabytes of the processes that this one started, workerd among them. */
function megabytes(): number {
  const lines = execFileSync('ps', ['-o', 'rss=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return lines.reduce((sum, line) => sum + Number(line) / 1000, 0);
}

it('all files that did harm are decoded or refused, and take no memory', async () => {
  expect(await decode(badCase('jpeg-fill-bytes.jpg'))).toBe('512x600');
  const before = megabytes();
  for (const name of [
    'gif-frame-larger-than-screen.gif',
    'gif-lzw-cycle.gif',
    'jpeg-claims-10000.jpg',
    'png-pixels-missing.png',
    'png-second-ihdr.png',
  ]) {
    expect(await decode(badCase(name)), name).toMatch(/^ImageError: /);
  }
  for (let i = 0; i < 3; i++) expect(await decode(badCase('png-inflates-to-400mb.png'))).toBe('16x16');
  expect(megabytes() - before).toBeLessThan(100);
});

it('BMP, GIF and turned PNGs are read too', async () => {
  expect(await decode(await encode(quadrants(), 'image/gif'))).toBe('32x16');
  expect(await decode(await encode(quadrants(), 'image/bmp'))).toBe('32x16');
  expect(await decode(pngWithOrientation(await encode(quadrants(), 'image/png'), 6))).toBe('16x32');
});
