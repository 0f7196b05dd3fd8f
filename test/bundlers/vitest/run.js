import { binary, runTest } from '../run.js';

export const packages = [];
export const apps = [
  { name: 'Vitest', run: (app) => runTest(app, 'vitest/output.json', binary('vitest'), ['run', '--config', 'vitest/vitest.config.js']) },
];
