import { binaryOf } from '../install.js';
import { runPrograms } from '../node/run.js';

export const runtimes = [{ name: 'Bun', threads: true, run: async (app) => runPrograms(app, await binaryOf('bun@1', '@oven/*/bin/bun')) }];
