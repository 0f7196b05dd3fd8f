import { expect, test } from 'vitest';
import * as twins from '../reference/kernels.ts';
import { inlinedKernels } from '../../src/wasm/inlined-kernels.ts';
import { PARAMETERS as TRAIN_PARAMETERS } from '../../src/wasm/kernels/train-signatures.ts';
import { PARAMETERS } from '../../src/wasm/kernels/signatures.ts';
import { builds, describeBuilds, kernelFile } from './sandbox.ts';

test.each(['simd', 'relaxed', 'simdThreads', 'relaxedThreads'] as const)('%s is inlined as it was built', (build) => {
  expect(Buffer.from(inlinedKernels()[build] as Uint8Array).equals(builds[build])).toBe(true);
});

test.each([
  ['simdThreads', PARAMETERS],
  ['trainSimd', TRAIN_PARAMETERS],
] as const)('the signatures are those that %s exports', async (name, parameters) => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 32768, shared: true });
  const { exports } = new WebAssembly.Instance(await WebAssembly.compile(await kernelFile(name)), { env: { memory } });
  const kernels = Object.entries(exports).filter(([kernel, value]) => typeof value === 'function' && kernel !== 'quantizedBytes');
  expect(Object.fromEntries(kernels.map(([kernel, value]) => [kernel, (value as () => void).length]))).toEqual(
    Object.fromEntries(Object.entries(parameters).map(([kernel, names]) => [kernel, new Set(names).size])),
  );
});

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
