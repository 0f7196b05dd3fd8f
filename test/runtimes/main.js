/**
 * Installs the packed package into an empty folder and runs it in every runtime that can be had here. All must find the
 * landmarks that Node finds, build of the kernels by build.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as bun from './bun/run.js';
import { checkOutput } from './check.js';
import * as chromium from './chromium/run.js';
import * as deno from './deno/run.js';
import { execute } from './execute.js';
import { npmInstall, Unavailable } from './install.js';
import * as node from './node/run.js';
import { table } from './table.js';
import * as workerd from './workerd/run.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = { node, deno, bun, workerd, chromium };

const app = await mkdtemp(join(tmpdir(), 'pipnet-wasm-app-'));
try {
  await installPackage();
  await decodePicture();
  process.exitCode = (await runAll()) ? 0 : 1;
} finally {
  await rm(app, { recursive: true });
}

async function installPackage() {
  await execute('npm', ['pack', '--pack-destination', app], ROOT);
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }');
  await npmInstall(app, `./${name}-${version}.tgz`);
  await cp(fileURLToPath(new URL('.', import.meta.url)), app, { recursive: true });
}

/** Decoded once, so that differences between the runtimes' decoders don't count. */
async function decodePicture() {
  const { decodeImage } = await import(join(app, 'node_modules/pipnet-wasm/dist/image/node.js'));
  const file = await readFile(join(ROOT, 'test/images/grace-hopper.jpg'));
  const { data, width, height } = await decodeImage(file);
  await writeFile(join(app, 'picture.jpg'), file);
  await writeFile(join(app, 'picture.rgba'), data);
  await writeFile(join(app, 'picture.json'), JSON.stringify({ width, height }));
}

/** @returns whether nothing failed; what can't be had here is skipped, by name */
async function runAll() {
  const rows = [['runtime', 'version', 'kernels', 'threads', 'ms', "landmarks as Node's, in pixels"]];
  const notes = [];
  const reference = {};
  let passed = true;
  for (const runtime of chosenRuntimes()) {
    process.stderr.write(`${runtime.name} ...\n`);
    try {
      const output = await runtime.run(app);
      if (output.note) notes.push(`${runtime.name}: ${output.note}`);
      else rows.push(...checkOutput(runtime, output, reference));
    } catch (error) {
      const skipped = error instanceof Unavailable;
      notes.push(`${skipped ? 'SKIPPED' : 'FAILED'} ${runtime.name}: ${error.message}`);
      passed &&= skipped;
    }
  }
  console.log([table(rows), ...notes].join('\n'));
  return passed;
}

/** All, or Node, with which all are compared, and those of the folders named on the command line. */
function chosenRuntimes() {
  const chosen = process.argv.slice(2);
  const names = chosen.length > 0 ? new Set(['node', ...chosen]) : Object.keys(FOLDERS);
  return [...names].flatMap((name) => FOLDERS[name].runtimes);
}
