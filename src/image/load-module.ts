// WebAssembly modules of packages, for Node, Deno and Bun: read and compiled when they are first needed.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** @param name package and path, `@jsquash/webp/codec/dec/webp_dec.wasm` */
export function loadModule(name: string): Promise<WebAssembly.Module> {
  let module = compiled.get(name);
  if (!module) {
    module = compile(name);
    compiled.set(name, module);
    module.catch(() => compiled.delete(name));
  }
  return module;
}

async function compile(name: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(fileURLToPath(import.meta.resolve(name))));
}
