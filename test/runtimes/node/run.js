import { checkLandmarks } from '../check.js';
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
 * @param trainingOptions the same for the program that trains, and so writes files
 */
export async function runPrograms(app, binary, options = [], env = {}, trainingOptions = options) {
  const run = async (program, given = options) => JSON.parse(await execute(binary, [...given, `node/${program}.js`], app, env));
  const output = await run('program');
  const { threads, landmarks } = await run('undisposed');
  if (threads !== 2) throw new Error(`${threads} threads instead of 2`);
  checkLandmarks(landmarks, output.results.at(-1).landmarks);
  const training = await run('train', trainingOptions);
  if (!(training.finished && training.steps === 2 && training.size === 64))
    throw new Error(`the training ended as ${JSON.stringify(training)}`);
  return output;
}

function nodeBinary(major) {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  return binaryOf(`${name}@${major}`, `${name}/bin/node`);
}

function isThis(major) {
  return process.versions.node.startsWith(`${major}.`);
}
