/**
 * Builds a small app with each tool from the packed package, and runs it: the rows of README's table. All must find the
 * landmarks that Node finds without a tool. What a tool can't do must end in an error that says what to do.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withApp } from '../runtimes/app.js';
import { checkLandmarks } from '../runtimes/check.js';
import { npmInstall, Unavailable } from '../runtimes/install.js';
import { table } from '../runtimes/table.js';
import * as esbuild from './esbuild/run.js';
import * as jest from './jest/run.js';
import * as next from './next/run.js';
import * as node from './node/run.js';
import * as rollup from './rollup/run.js';
import * as typescript from './typescript/run.js';
import * as vite from './vite/run.js';
import * as vitest from './vitest/run.js';
import * as webpack from './webpack/run.js';

/** Small ones, without faces, that have decoders of their own. */
const PICTURES = { 'lossy.webp': 'tiny.webp', 'plain.avif': 'tiny.avif' };

const TOOLS = { node, webpack, vite, rollup, esbuild, next, jest, vitest, typescript };

process.exitCode = (await withApp(fileURLToPath(new URL('.', import.meta.url)), runAll)) ? 0 : 1;

/** @returns whether nothing failed; what can't be had here is skipped, by name */
async function runAll(app) {
  for (const [seed, name] of Object.entries(PICTURES))
    await cp(fileURLToPath(new URL(`../fuzz/seeds/${seed}`, import.meta.url)), join(app, name));
  const rows = [['tool', 'seconds', "landmarks as Node's, in pixels"]];
  const notes = [];
  let expected;
  for (const { packages, apps } of chosenTools()) {
    const installed = packages.length > 0 ? npmInstall(app, ...packages).catch(refuse) : undefined;
    for (const { name, run, worker } of apps) {
      process.stderr.write(`${name} ...\n`);
      try {
        await installed;
        const start = performance.now();
        const landmarks = landmarksOf(await run(app), worker);
        const seconds = (performance.now() - start) / 1000;
        rows.push([name, seconds.toFixed(1), expected ? `equal to ${checkLandmarks(landmarks, expected).toExponential(0)}` : 'reference']);
        expected ??= landmarks;
      } catch (error) {
        notes.push(`${error instanceof Unavailable ? 'SKIPPED' : 'FAILED'} ${name}: ${error.message}`);
      }
    }
  }
  console.log([table(rows), ...notes].join('\n'));
  return !notes.some((note) => note.startsWith('FAILED'));
}

function refuse(error) {
  throw new Unavailable(error.message.split('\n')[0]);
}

/**
 * @param output of `findLandmarks`
 * @param worker whether the tool finds the script of `loadPipnet({ worker: true })`
 */
function landmarksOf({ error, warning, threads, inWorker, landmarks }, worker = true) {
  if (error ?? warning) throw new Error(error ?? warning);
  const refused = String(inWorker).endsWith("bundle pipnet-wasm/worker as well and give that file's place as `worker`");
  if (worker ? inWorker !== true : !refused) throw new Error(`in a worker: ${inWorker}`);
  if (threads !== 2) throw new Error(`${threads} threads instead of 2`);
  return landmarks;
}

/** All, or Node, with which all are compared, and those named on the command line. */
function chosenTools() {
  const chosen = process.argv.slice(2);
  const names = chosen.length > 0 ? new Set(['node', ...chosen]) : Object.keys(TOOLS);
  return [...names].map((name) => TOOLS[name]);
}
