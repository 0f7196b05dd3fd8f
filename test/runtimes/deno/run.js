import { join } from 'node:path';
import { binaryOf, CACHE } from '../install.js';
import { runPrograms } from '../node/run.js';

// Reading files is all that inference is allowed: no network.
const OPTIONS = ['run', '--no-prompt', '--allow-read'];
const ENVIRONMENT = { DENO_DIR: join(CACHE, 'deno'), DENO_NO_UPDATE_CHECK: '1' };

export const runtimes = [
  {
    name: 'Deno',
    threads: true,
    run: async (app) => runPrograms(app, await binaryOf('deno@2', '@deno/*/deno'), OPTIONS, ENVIRONMENT, [...OPTIONS, '--allow-write']),
  },
];
