// Runtimes come as npm packages that hold a binary. They are kept outside the repository, for the next time.
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { execute } from './execute.js';

export const CACHE = join(tmpdir(), 'pipnet-wasm-runtimes');

/** A runtime that this machine can't have: skipped, and said so. */
export class Unavailable extends Error {}

/**
 * A runtime's binary, installed if it is missing.
 *
 * @param spec npm package, such as bun@1
 * @param pattern of its path in node_modules; of several, such as those for musl and glibc, the first that runs
 */
export async function binaryOf(spec, pattern) {
  const folder = join(CACHE, spec);
  await mkdir(folder, { recursive: true });
  return (await findBinary(folder, pattern)) ?? (await installBinary(folder, spec, pattern));
}

async function installBinary(folder, spec, pattern) {
  await writeFile(join(folder, 'package.json'), '{}');
  await npmInstall(folder, spec).catch((error) => {
    throw new Unavailable(error.message.split('\n')[0]);
  });
  const binary = await findBinary(folder, pattern);
  if (!binary) throw new Unavailable(`${spec} has no binary that runs here`);
  return binary;
}

async function findBinary(folder, pattern) {
  const files = await glob(pattern, { cwd: join(folder, 'node_modules'), absolute: true });
  for (const file of files.sort()) {
    if (await execute(file, ['--version'], folder).catch(() => undefined)) return file;
  }
}

/** What npm says of a registry that it can't reach. */
const OUT_OF_REACH = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;

/**
 * Installs packages, by their names or files.
 *
 * @returns what npm printed
 * @throws Unavailable if the registry can't be reached
 */
export async function npmInstall(folder, ...specs) {
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  try {
    return await execute('npm', ['install', ...options, ...specs], folder);
  } catch (error) {
    const [code] = error.message.match(OUT_OF_REACH) ?? [];
    throw code ? new Unavailable(`npm can't reach its registry: ${code}`) : error;
  }
}
