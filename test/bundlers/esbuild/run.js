import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';
import { checkError, runPage, runProgram } from '../run.js';

const MODEL = 'pipnet-wasm/weights/pipnet-mobilenetv2-68.safetensors';
const DETECTOR = 'pipnet-wasm/weights/facegrid.safetensors';
const [JPEG, WEBP, AVIF] = ['jpeg/codec/dec/mozjpeg', 'webp/codec/dec/webp', 'avif/codec/dec/avif'].map(
  (path) => `@jsquash/${path}_dec.wasm`,
);

export const packages = [];
export const apps = [
  { name: 'esbuild, Node, ESM', worker: false, run: (app) => runNode(app, 'esm', 'mjs') },
  { name: 'esbuild, Node, CommonJS', worker: false, run: (app) => runNode(app, 'cjs', 'cjs') },
  { name: 'esbuild, Node, ESM, without node_modules', worker: false, run: (app) => runAlone(app, 'program.mjs') },
  { name: 'esbuild, Node, CommonJS, without node_modules', worker: false, run: (app) => runAlone(app, 'program.cjs') },
  { name: 'esbuild, browser', run: runBrowser },
];

async function runNode(app, format, ending) {
  const outfile = `esbuild/program.${ending}`;
  await build(app, { entryPoints: ['program.js'], platform: 'node', format, outfile });
  return runProgram(app, outfile);
}

/** The bundle of the row before in a folder of its own: each file that is missing there is asked for. */
async function runAlone(app, program) {
  const folder = await mkdtemp(join(tmpdir(), 'pipnet-wasm-bundle-'));
  const copy = (file) => cp(join(app, file), join(folder, basename(file)));
  try {
    for (const file of [`esbuild/${program}`, 'picture.jpg', 'tiny.webp', 'tiny.avif']) await copy(file);
    for (const [file, kind] of [
      [MODEL, 'ModelError'],
      [DETECTOR, 'ModelError'],
      [JPEG, 'ImageError'],
      [WEBP, 'ImageError'],
      [AVIF, 'ImageError'],
    ]) {
      const { error, warning } = await runProgram(folder, program);
      // jimp stands in for the decoder of JPEGs.
      if (file === JPEG) checkError(warning, 'pipnet-wasm decodes JPEGs slowly', file);
      else checkError(error, kind, file);
      await copy(`node_modules/${file}`);
    }
    return await runProgram(folder, program);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runBrowser(app) {
  for (const format of ['esm', 'iife']) {
    await build(app, { entryPoints: ['page.js'], format, outfile: 'esbuild/web/page-with-weights.js' });
    checkError((await runPage(app, '/esbuild/index.html', /404/)).error, 'ModelError', MODEL);
  }
  await build(app, {
    entryPoints: { 'page-with-weights': 'esbuild/page-with-weights.js', 'pipnet-worker': 'pipnet-wasm/worker' },
    format: 'esm',
    outdir: 'esbuild/web',
    publicPath: '/esbuild/web',
    loader: { '.safetensors': 'file' },
  });
  return runPage(app, '/esbuild/index.html');
}

function build(app, options) {
  // `keepNames` puts a helper around functions, which the threads' functions, passed on as text, must survive.
  return esbuild.build({ absWorkingDir: app, bundle: true, minify: true, keepNames: true, logLevel: 'warning', ...options });
}
