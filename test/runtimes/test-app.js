/** Folders for tests of what a user does with the packed package; what the machine can't have is skipped, by name. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe } from 'vitest';
import { installPackage } from './app.js';
import { Unavailable } from './install.js';

// `npm test` has built: another build would take away what other tests run.
process.env.npm_config_ignore_scripts = 'true';

/**
 * An app in a folder of its own, which is removed after the tests.
 *
 * @param sources folder whose contents it gets, if any
 * @param packages what it needs besides the packed package
 * @returns `folder` and a `describe` whose tests are skipped, for the reason that its name ends with, if a package can't be had
 */
export async function testApp(sources, ...packages) {
  const folder = await mkdtemp(join(tmpdir(), 'pipnet-wasm-app-'));
  afterAll(() => rm(folder, { recursive: true }));
  if (sources) await cp(sources, folder, { recursive: true });
  try {
    await installPackage(folder, ...packages);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { folder, describe: (name, tests) => describe.skip(`${name}: skipped, ${error.message}`, tests) };
  }
  return { folder, describe };
}

export const picture = fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url));
