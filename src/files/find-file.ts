/** Files that come with packages, weights and decoders, for Node, Deno and Bun: found from a bundle too. */
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PipnetError } from '../base/errors.ts';

/**
 * The path of a file that a package brings along.
 *
 * @param specifier package and path, as `import` takes them
 * @param written `() => new URL('a literal', import.meta.url)`: where it is as long as nothing is bundled; some bundlers
 *   look for these words, copy the file and put its new place here
 * @param Failure what is thrown if the file is nowhere
 */
export function findFile(specifier: string, written: () => URL, Failure: typeof PipnetError): string {
  const bundle = ownPath();
  const beside = join(dirname(bundle), basename(specifier));
  for (const find of [() => fileURLToPath(written()), () => beside, () => module.createRequire(bundle).resolve(specifier)]) {
    const path = attempt(find);
    if (path !== undefined && existsSync(path)) return path;
  }
  throw new Failure(
    `${specifier} is not found from ${bundle}: if a bundler has lost it, copy node_modules/${specifier} to ${dirname(bundle)}, or leave pipnet-wasm out of the bundle ("external")`,
  );
}

/** Bundled as CommonJS, a module has no `import.meta`. */
function ownPath(): string {
  if (import.meta.url?.startsWith('file:')) return fileURLToPath(import.meta.url);
  return typeof __filename === 'string' ? __filename : join(process.cwd(), 'bundle.js');
}

function attempt(find: () => string): string | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
