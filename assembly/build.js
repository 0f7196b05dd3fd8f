/**
 * Compiles the kernels of every target in asconfig.json to src/wasm/kernels/<target>.wasm, and writes them inlined as
 * base64 to src/wasm/kernels/inlined.ts for the runtimes that can't import a .wasm file.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = new URL('..', import.meta.url);
const folder = new URL('src/wasm/kernels/', root);
process.chdir(fileURLToPath(root));
await mkdir(folder, { recursive: true });

const { targets } = JSON.parse(await readFile('asconfig.json', 'utf8'));
let inlined = '// Made by assembly/build.js from assembly/*.ts.\n';
for (const target of Object.keys(targets)) {
  const { error, stderr } = await asc.main(['--target', target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const wasm = await readFile(new URL(`${target}.wasm`, folder));
  inlined += `export const ${target} = '${wasm.toString('base64')}';\n`;
  console.log(`kernels: ${target} ${(wasm.length / 1024).toFixed(1)} kB`);
}
await writeFile(new URL('inlined.ts', folder), inlined);
