import { join } from 'node:path';
import { binaryOf, CACHE } from '../install.js';
import { runPrograms } from '../node/run.js';

export const runtimes = [
  {
    name: 'Deno',
    threads: true,
    // Reading files is all that it is allowed: no network.
    run: async (app) => runPrograms(app, await binaryOf('deno@2', '@deno/*/deno'), ['run', '--no-prompt', '--allow-read'], { DENO_DIR: join(CACHE, 'deno'), DENO_NO_UPDATE_CHECK: '1' }),
  },
];
