import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

const LIMIT_MS = 120_000;

export const runtimes = [
  { name: 'workerd', threads: false, worker: 'PipnetError: Cloudflare Workers have no threads: leave `worker` out', run },
];

async function run(app) {
  const folder = join(app, 'workerd/dist');
  // As wrangler does it: one script, with .wasm and binary files beside it as modules.
  await build({
    entryPoints: [join(app, 'workerd/worker.js')],
    outdir: folder,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker', 'browser'],
    loader: { '.wasm': 'copy', '.safetensors': 'copy' },
    logLevel: 'warning',
  });
  const miniflare = new Miniflare({
    modules: true,
    modulesRoot: folder,
    scriptPath: join(folder, 'worker.js'),
    modulesRules: [
      { type: 'CompiledWasm', include: ['**/*.wasm'] },
      { type: 'Data', include: ['**/*.safetensors'] },
    ],
    compatibilityDate: '2026-04-01',
  });
  try {
    const { width, height } = JSON.parse(await readFile(join(app, 'picture.json'), 'utf8'));
    const response = await miniflare.dispatchFetch(`http://localhost/?width=${width}&height=${height}`, {
      method: 'POST',
      body: await readFile(join(app, 'picture.rgba')),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (!response.ok) throw new Error(await response.text());
    const output = await response.json();
    // A Worker's clock stands still while it computes.
    for (const result of output.results) delete result.ms;
    return { version: createRequire(import.meta.url)('workerd').version, ...output };
  } finally {
    await miniflare.dispose();
  }
}
