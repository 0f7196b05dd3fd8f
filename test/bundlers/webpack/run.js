import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runPage, runProgram } from '../run.js';

export const packages = ['webpack@5.112.2'];
export const apps = [
  { name: 'webpack, Node', worker: false, run: runNode },
  { name: 'webpack, web', run: runWeb },
];

async function runNode(app) {
  await build(app, { target: 'node', entry: './program.js', output: { path: join(app, 'webpack/node'), filename: 'program.cjs' } });
  return runProgram(app, 'webpack/node/program.cjs');
}

async function runWeb(app) {
  await build(app, { target: 'web', entry: './page.js', output: { path: join(app, 'webpack/web') } });
  return runPage(app, '/webpack/index.html');
}

async function build(app, options) {
  const webpack = createRequire(join(app, 'package.json'))('webpack');
  // The weights are larger than webpack likes.
  const stats = await promisify(webpack)({ mode: 'production', context: app, performance: false, ...options });
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString('errors-warnings'));
}
