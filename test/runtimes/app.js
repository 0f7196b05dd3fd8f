/** An app as a user has it: the packed package in an empty folder outside the repository, and a picture. */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execute } from './execute.js';
import { npmInstall } from './install.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param sources folder whose contents the app gets
 * @param use what is done with the app's folder before it is removed
 */
export async function withApp(sources, use) {
  const app = await mkdtemp(join(tmpdir(), 'pipnet-wasm-app-'));
  try {
    await installPackage(app);
    await cp(sources, app, { recursive: true });
    await decodePicture(app);
    return await use(app);
  } finally {
    await rm(app, { recursive: true });
  }
}

/**
 * Installs the packed package, and others, into an empty folder, or one with a package.json of its own.
 *
 * @throws Unavailable if npm's registry can't be reached
 */
export async function installPackage(app, ...packages) {
  const manifest = join(app, 'package.json');
  // An example has one of its own.
  if (!existsSync(manifest)) await writeFile(manifest, '{ "private": true, "type": "module" }');
  await npmInstall(app, await packInto(app), ...packages);
}

/** @returns the packed package's name in the folder: `./pipnet-wasm-0.1.0.tgz` */
export async function packInto(folder) {
  await execute(process.execPath, [join(ROOT, 'pack.js'), '--pack-destination', folder], ROOT);
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  return `./${name}-${version}.tgz`;
}

/** Decoded once, so that differences between the runtimes' decoders don't count. */
async function decodePicture(app) {
  const { decodeImage } = await import(join(app, 'node_modules/pipnet-wasm/dist/runtimes/node/image.js'));
  const file = await readFile(join(ROOT, 'test/images/grace-hopper.jpg'));
  const { data, width, height } = await decodeImage(file);
  await cp(fileURLToPath(new URL('picture.js', import.meta.url)), join(app, 'picture.js'));
  await writeFile(join(app, 'picture.jpg'), file);
  await writeFile(join(app, 'picture.rgba'), data);
  await writeFile(join(app, 'picture.json'), JSON.stringify({ width, height }));
}
