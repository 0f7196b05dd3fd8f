import { execute } from '../execute.js';
import { binaryOf } from '../install.js';

export const runtimes = [20, 22, 24].map((major) => ({
  name: `Node ${major}`,
  threads: true,
  run: async (app) => runPrograms(app, isThis(major) ? process.execPath : await nodeBinary(major)),
}));

/**
 * Runs the programs that Node, Deno and Bun share; each must end by itself.
 *
 * @param options of the runtime, before the program's name
 */
export async function runPrograms(app, binary, options = [], env = {}) {
  const output = JSON.parse(await execute(binary, [...options, 'node/program.js'], app, env));
  const threads = await execute(binary, [...options, 'node/undisposed.js'], app, env);
  if (threads.trim() !== '2') throw new Error(`undisposed.js runs on ${threads.trim()} threads instead of 2`);
  return output;
}

function nodeBinary(major) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  return binaryOf(`${name}@${major}`, `${name}/bin/node`);
}

function isThis(major) {
  return process.versions.node.startsWith(`${major}.`);
}
