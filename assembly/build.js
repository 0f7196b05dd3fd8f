/**
 * Compiles the kernels to <target>.wasm in a folder (by default dist/wasm/kernels), and writes them inlined as base64 to
 * src/wasm/kernels/ for the runtimes that can't import a .wasm file: the detector's (targets of asconfig.json) to
 * inlined.ts, those of training (assembly/train/asconfig.json) to train.ts.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const out = process.argv[2] ?? 'dist/wasm/kernels';
await mkdir('src/wasm/kernels', { recursive: true });
await build('.', 'src/wasm/kernels/inlined.ts');
await build('assembly/train', 'src/wasm/kernels/train.ts');

async function build(folder, inlinedFile) {
  const config = join(folder, 'asconfig.json');
  const { targets } = JSON.parse(await readFile(config, 'utf8'));
  let inlined = '// Made by assembly/build.js from assembly/*.ts.\n';
  for (const target of Object.keys(targets)) {
    const outFile = join(out, `${target}.wasm`);
    const { error, stderr } = await asc.main(['--config', config, '--target', target, '--outFile', outFile]);
    if (error) {
      console.error(stderr.toString());
      process.exit(1);
    }
    const wasm = await readFile(outFile);
    inlined += `export const ${target}: string = '${wasm.toString('base64')}';\n`;
    console.log(`kernels: ${target} ${(wasm.length / 1024).toFixed(1)} kB`);
  }
  await writeFile(`${inlinedFile}.tmp`, inlined);
  await rename(`${inlinedFile}.tmp`, inlinedFile);
}
