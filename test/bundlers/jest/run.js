import { runTest } from '../run.js';

export const packages = ['jest@30.5.2', 'jest-environment-jsdom@30.5.2'];
export const apps = [
  { name: 'Jest', run: (app) => run(app, 'jest.config.json') },
  { name: 'Jest, jsdom', run: (app) => run(app, 'jest-jsdom.config.json') },
];

function run(app, config) {
  return runTest(app, 'jest/output.json', process.execPath, [
    '--experimental-vm-modules',
    'node_modules/jest/bin/jest.js',
    '--config',
    `jest/${config}`,
  ]);
}
