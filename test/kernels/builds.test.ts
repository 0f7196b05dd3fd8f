import { expect, test } from 'vitest';
import * as twins from '../reference/kernels.ts';
import { builds, describeBuilds } from './sandbox.ts';

describeBuilds((_sandbox, build) => {
  test('imports nothing', async () => {
    expect(WebAssembly.Module.imports(await WebAssembly.compile(builds[build]))).toEqual([]);
  });

  test('imports nothing but the memory where threads share it', async () => {
    const module = await WebAssembly.compile(builds[`${build}Threads`]);
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  test.each([build, `${build}Threads`] as const)('%s exports its memory and kernels, each with a twin', async (name) => {
    const exports = WebAssembly.Module.exports(await WebAssembly.compile(builds[name]));
    expect(exports.map(({ name }) => name).sort()).toEqual([...Object.keys(twins), 'memory'].sort());
  });
});
