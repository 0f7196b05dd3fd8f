import { Unavailable } from '../../runtimes/install.js';
import { runProgram } from '../run.js';

export const packages = [];
export const apps = [
  { name: 'Node, import', run: (app) => runProgram(app, 'program.js') },
  { name: 'Node, require', run: runRequire },
];

async function runRequire(app) {
  if (!process.features.require_module) throw new Unavailable(`Node ${process.versions.node} can't require ES modules`);
  return runProgram(app, 'node/program.cjs');
}
