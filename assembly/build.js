/**
 * Compiles the kernels of every target in asconfig.json to dist/wasm/kernels/<target>.wasm, and writes them inlined as
 * base64 to src/wasm/kernels/inlined.ts for the runtimes that can't import a .wasm file.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const { targets } = JSON.parse(await readFile('asconfig.json', 'utf8'));
let inlined = '// Made by assembly/build.js from assembly/*.ts.\n';
for (const [target, { outFile }] of Object.entries(targets)) {
  const { error, stderr } = await asc.main(['--target', target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const wasm = await readFile(outFile);
  inlined += `export const ${target} = '${wasm.toString('base64')}';\n`;
  console.log(`kernels: ${target} ${(wasm.length / 1024).toFixed(1)} kB`);
}
await mkdir('src/wasm/kernels', { recursive: true });
await writeFile('src/wasm/kernels/inlined.ts', inlined);
