import { join } from 'node:path';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { withPage } from './browser.js';
import { checkLeaks } from './leak-check.js';
import { ISOLATION, serve } from './server.js';

const NO_BLOB_WORKERS = { ...ISOLATION, 'Content-Security-Policy': "worker-src 'self'" };

const script = (name) => `/chromium/page.html?script=/chromium/${name}`;

export const runtimes = [
  { name: 'Chromium, ESM page', threads: false, run: (app) => runPage(app, script('page.js'), {}) },
  { name: 'Chromium, isolated page', threads: true, run: (app) => runPage(app, script('page.js')) },
  { name: 'Chromium, isolated page without blob workers', threads: false, run: (app) => runPage(app, script('page.js'), NO_BLOB_WORKERS, readOutput, /Content Security Policy/) },
  { name: 'Chromium, module worker', threads: true, run: (app) => runPage(app, script('with-worker.js')) },
  { name: 'Chromium, Vite build', threads: true, run: runVite },
  { name: 'Chromium, esbuild bundle', threads: true, run: runEsbuild },
  { name: 'Chromium, leaks', run: (app) => runPage(app, script('leak.js'), ISOLATION, checkLeaks) },
];

async function runPage(app, path, headers = ISOLATION, use = readOutput, expectedError) {
  const server = await serve(app, headers);
  try {
    return await withPage(server.origin + path, use, expectedError);
  } finally {
    server.close();
  }
}

/** What the page has left in `globalThis.output`. */
async function readOutput(page) {
  return page.waitForFunction('globalThis.output').then((output) => output.jsonValue());
}

async function runVite(app) {
  await vite.build({ root: join(app, 'chromium'), base: '/chromium/vite/', build: { outDir: 'vite' }, logLevel: 'warn' });
  return runPage(app, '/chromium/vite/index.html');
}

async function runEsbuild(app) {
  await esbuild.build({
    entryPoints: [join(app, 'chromium/bundled.js')],
    outdir: join(app, 'chromium/esbuild'),
    publicPath: '/chromium/esbuild',
    bundle: true,
    format: 'esm',
    minify: true,
    // Puts a helper around functions, which the threads' functions, passed on as text, must survive.
    keepNames: true,
    loader: { '.safetensors': 'file' },
    logLevel: 'warning',
  });
  return runPage(app, script('esbuild/bundled.js'));
}
