// mozjpeg for Node, Deno and Bun: its module is read from its package and compiled at the first picture.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Pixels } from '../types.ts';

let compiled: Promise<WebAssembly.Module> | undefined;

/** Decodes a JPEG as `decodeWithMozjpeg` does. */
export async function decodeJpeg(bytes: Uint8Array): Promise<Pixels> {
  const { decodeWithMozjpeg } = await import('./mozjpeg.ts');
  compiled ??= readFile(fileURLToPath(import.meta.resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'))).then((wasm) => WebAssembly.compile(wasm));
  return decodeWithMozjpeg(await compiled, bytes);
}
