/**
 * Builds the package into another folder, which takes the place of dist/ once it is whole: a build that is interrupted
 * leaves what was there.
 *
 * With --unless-npx it does nothing for `npx pipnet-wasm` in a clone, which runs the script `prepare` at first use, and
 * never again, nor anything else, once that was interrupted or failed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const STALE_MS = 600_000;

if (!(process.argv.includes('--unless-npx') && process.env.npm_command === 'exec')) build();

function build() {
  process.chdir(fileURLToPath(new URL('.', import.meta.url)));
  for (const name of readdirSync('.')) {
    // Left by builds that were killed; others may be running.
    if (/^dist\..*\.tmp$/.test(name) && Date.now() - statSync(name).mtimeMs > STALE_MS) rmSync(name, { recursive: true, force: true });
  }
  const folder = `dist.${process.pid}.tmp`;
  const run = (...args) => execFileSync(process.execPath, args, { stdio: 'inherit' });
  try {
    run('assembly/build.js', `${folder}/wasm/kernels`);
    run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    // The compilers have told what is wrong.
    process.exit(error.status ?? 1);
  }
  const old = `dist.old.${process.pid}.tmp`;
  if (existsSync('dist')) renameSync('dist', old);
  renameSync(folder, 'dist');
  rmSync(old, { recursive: true, force: true });
}
