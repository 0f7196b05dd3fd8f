/**
 * Packs what is published: the files that npm picks, with a manifest that has no scripts and nothing else that only a clone
 * needs. npm keeps all scripts of a manifest, and takes `prepare`, which builds a clone, for one that runs at installation.
 *
 * Options are those of `npm pack`; it builds first, unless npm is told to ignore scripts.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));

pack(process.argv.slice(2));

function pack(options) {
  if (process.env.npm_config_ignore_scripts !== 'true')
    execFileSync(process.execPath, [join(root, 'build.js')], { stdio: ['ignore', 2, 2] });
  const npmPack = (folder, ...options) => ['pack', folder, '--ignore-scripts', ...options];
  const [{ files }] = JSON.parse(execFileSync('npm', npmPack(root, '--dry-run', '--json'), { encoding: 'utf8' }));
  const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'pipnet-wasm-pack-'));
  try {
    for (const { path } of files) cpSync(join(root, path), join(folder, path));
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    execFileSync('npm', npmPack(folder, ...options), { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
