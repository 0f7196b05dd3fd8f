import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toNchw } from './layout.js';

/** TensorFlow Lite with XNNPACK compiled to WebAssembly: with relaxed SIMD where the runtime has it. */
export async function load(input) {
  const { loadAndCompile, Tensor } = await startLiteRt();
  const model = await loadAndCompile(new Uint8Array(await input.readTflite()), { accelerator: 'wasm' });
  const values = await input.readNhwc();

  const infer = async () => {
    const tensor = new Tensor(values, [1, input.size, input.size, 3]);
    const results = await model.run(tensor);
    const outputs = results.map((result) => result.toTypedArray());
    for (const used of [tensor, ...results]) used.delete();
    return outputs;
  };
  const maps = async () => {
    const channels = model.getOutputDetails().map(({ shape }) => shape[3]);
    const outputs = await infer();
    return Object.fromEntries(input.outputs.map((name, i) => [name, toNchw(outputs[i], channels[i])]));
  };
  return { tasks: { network: infer }, maps };
}

/** The module @litertjs/core, its WebAssembly loaded. */
export async function startLiteRt() {
  pretendToBeAWorker();
  const litert = await import('@litertjs/core');
  const main = fileURLToPath(import.meta.resolve('@litertjs/core'));
  await litert.loadLiteRt(join(dirname(main), '../wasm/'));
  return litert;
}

/** LiteRT.js loads its glue code as a classic worker would; Node has modules only. */
function pretendToBeAWorker() {
  globalThis.self = globalThis;
  globalThis.importScripts = (path) => {
    const evaluate = new Function('require', '__filename', '__dirname', 'module', `${readFileSync(path, 'utf8')}; return ModuleFactory;`);
    globalThis.ModuleFactory = evaluate(createRequire(import.meta.url), path, dirname(path), {});
  };
}
