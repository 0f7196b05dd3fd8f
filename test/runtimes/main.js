/**
 * Installs the packed package into an empty folder and runs it in every runtime that can be had here. All must find the
 * landmarks that Node finds, build of the kernels by build.
 */
import { fileURLToPath } from 'node:url';
import { withApp } from './app.js';
import * as bun from './bun/run.js';
import { checkOutput } from './check.js';
import * as chromium from './chromium/run.js';
import * as deno from './deno/run.js';
import { Unavailable } from './install.js';
import * as node from './node/run.js';
import { table } from './table.js';
import * as workerd from './workerd/run.js';

const FOLDERS = { node, deno, bun, workerd, chromium };

process.exitCode = (await withApp(fileURLToPath(new URL('.', import.meta.url)), runAll)) ? 0 : 1;

/** @returns whether nothing failed; what can't be had here is skipped, by name */
async function runAll(app) {
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
