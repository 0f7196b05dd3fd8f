// Decoders of packages, for Node, Deno and Bun: scripts and WebAssembly modules are loaded when they are first needed.
import { readFile } from 'node:fs/promises';
import { ImageError } from '../../base/errors.ts';
import { findFile } from '../../files/find-file.ts';

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/**
 * The script of a decoder.
 *
 * @param name of its package
 * @param load imports it
 * @throws ImageError if it is missing, or a bundle has broken it
 */
export async function loadScript<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const [reason] = String((error as Error).message).split('\n');
    throw new ImageError(`${name} can't be loaded (${reason}): leave pipnet-wasm out of the bundle ("external"), and install it`);
  }
}

/**
 * The module of a decoder.
 *
 * @param name package and path, `@jsquash/webp/codec/dec/webp_dec.wasm`
 * @param written the same as `findFile` takes it
 * @throws ImageError if a bundle has lost the file
 */
export function loadModule(name: string, written: () => URL): Promise<WebAssembly.Module> {
  let module = compiled.get(name);
  if (!module) {
    module = compile(name, written);
    compiled.set(name, module);
    module.catch(() => compiled.delete(name));
  }
  return module;
}

async function compile(name: string, written: () => URL): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(findFile(name, written, ImageError)));
}
