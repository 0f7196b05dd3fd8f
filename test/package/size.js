/** What the package weighs: `npm run build`, then `npm run size`; `npm run size -- --installed` installs it, too. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { installPackage } from '../runtimes/app.js';
import { installedIn } from './measure.js';

const root = new URL('../../', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const row = (name, ...sizes) => console.log(`${name.padEnd(34)} ${sizes.join('   ')}`);

process.env.npm_config_ignore_scripts = 'true';
const [pack] = JSON.parse(execFileSync(process.execPath, [path('pack.js'), '--dry-run', '--json'], { encoding: 'utf8' }));
row('package', `${kilobytes(pack.size)} packed`, `${kilobytes(pack.unpackedSize)} unpacked`);
if (process.argv.includes('--installed')) {
  const folder = await mkdtemp(join(tmpdir(), 'pipnet-wasm-size-'));
  await installPackage(folder);
  const { bytes, packages } = installedIn(folder);
  row('installed', `${kilobytes(bytes)} of files`, `${packages} packages`);
  await rm(folder, { recursive: true });
}
for (const [name, entry, options] of [
  ['core and kernels, for browsers', 'dist/runtimes/browser/index.js', { external: ['./decode.js'] }],
  ['core, for Workers', 'dist/runtimes/workerd/index.js', { external: ['*.wasm'] }],
]) {
  const { outputFiles } = buildSync({ entryPoints: [path(entry)], bundle: true, minify: true, format: 'esm', write: false, ...options });
  row(name, `${kilobytes(outputFiles[0].contents.length)} minified`, `${kilobytes(gzipSync(outputFiles[0].contents).length)} with gzip`);
}
for (const [folder, ending] of [
  ['dist/wasm/kernels/', '.wasm'],
  ['weights/', '.safetensors'],
]) {
  for (const name of readdirSync(path(folder)).filter((name) => name.endsWith(ending))) {
    const bytes = readFileSync(path(folder + name));
    row(folder + name, kilobytes(bytes.length), `${kilobytes(gzipSync(bytes).length)} with gzip`);
  }
}
