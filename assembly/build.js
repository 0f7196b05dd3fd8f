/**
 * Compiles the kernels to dist/wasm/kernels/<target>.wasm, and writes them inlined as base64 to src/wasm/kernels/ for the
 * runtimes that can't import a .wasm file: the detector's (targets of asconfig.json) to inlined.ts, those of training
 * (assembly/train/asconfig.json) to train.ts.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
await mkdir('src/wasm/kernels', { recursive: true });
await build('.', 'src/wasm/kernels/inlined.ts');
await build('assembly/train', 'src/wasm/kernels/train.ts');

async function build(folder, inlinedFile) {
  const config = join(folder, 'asconfig.json');
  const { targets } = JSON.parse(await readFile(config, 'utf8'));
  let inlined = '// Made by assembly/build.js from assembly/*.ts.\n';
  for (const [target, { outFile }] of Object.entries(targets)) {
    const { error, stderr } = await asc.main(['--config', config, '--target', target]);
    if (error) {
      console.error(stderr.toString());
      process.exit(1);
    }
    const wasm = await readFile(join(folder, outFile));
    inlined += `export const ${target}: string = '${wasm.toString('base64')}';\n`;
    console.log(`kernels: ${target} ${(wasm.length / 1024).toFixed(1)} kB`);
  }
  await writeFile(inlinedFile, inlined);
}
