// mozjpeg for Node, Deno and Bun: its module is read from its package and compiled at the first picture.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Pixels } from '../types.ts';

let compiled: Promise<WebAssembly.Module> | undefined;

/** Decodes a JPEG with an instance of its own, so that the memory of a large picture isn't kept. */
export async function decodeJpeg(bytes: Uint8Array): Promise<Pixels> {
  const { createMozjpeg } = await import('./mozjpeg.ts');
  compiled ??= readFile(fileURLToPath(import.meta.resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'))).then((wasm) => WebAssembly.compile(wasm));
  return (await createMozjpeg(await compiled)).decode(bytes);
}
