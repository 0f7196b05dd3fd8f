/**
 * Compiles the kernels to <target>.wasm in a folder (by default dist/wasm/kernels), and writes what TypeScript knows of them
 * to src/wasm/kernels/:
 *
 *   border.ts                          the constants of assembly/border.ts
 *   inlined.ts, train.ts               the modules as base64, for the runtimes that can't import a .wasm file; those for shared
 *                                      memory end as the others do, and only their beginning is written
 *   signatures.ts, train-signatures.ts names and types of their arguments, in order
 *
 * The first of each pair is the detector's (targets of asconfig.json), the second is training's (assembly/train/asconfig.json).
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { signaturesOf } from './signatures.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const out = process.argv[2] ?? 'dist/wasm/kernels';
const sources = 'src/wasm/kernels';
await mkdir(sources, { recursive: true });
// AssemblyScript's literals are TypeScript's, but for their types.
const constants = (await readFile('assembly/border.ts', 'utf8')).replace(/^(export const \w+): \w+ =/gm, '$1 =');
await write('border', `// Made by assembly/build.js from assembly/border.ts.\n${constants}`);
await build('.', 'assembly/index.ts', 'inlined', 'signatures');
await build('assembly/train', 'assembly/train/index.ts', 'train', 'train-signatures');

async function build(folder, index, inlinedName, signaturesName) {
  const config = join(folder, 'asconfig.json');
  const { options, targets } = JSON.parse(await readFile(config, 'utf8'));
  let inlined = `// Made by assembly/build.js from ${index}.\n`;
  const built = {};
  for (const target of Object.keys(targets)) {
    const outFile = join(out, `${target}.wasm`);
    const { error, stderr } = await asc.main(['--config', config, '--target', target, '--outFile', outFile]);
    if (error) {
      console.error(stderr.toString());
      process.exit(1);
    }
    const wasm = await readFile(outFile);
    const like = built[target.replace(/Threads$/, '')];
    const tail = like ? commonTail(like, wasm) : 0;
    inlined += `export const ${target}: string = '${wasm.subarray(0, wasm.length - tail).toString('base64')}';\n`;
    if (like) inlined += `export const ${target}Tail = ${tail};\n`;
    built[target] = wasm;
    console.log(`kernels: ${target} ${(wasm.length / 1024).toFixed(1)} kB`);
  }
  await write(inlinedName, inlined);
  const { maximumMemory } = Object.values({ options, ...targets }).find((part) => part.maximumMemory);
  await write(signaturesName, signaturesOf(index, maximumMemory));
}

/** Whole or not at all. */
async function write(name, source) {
  const file = `${sources}/${name}.ts`;
  await writeFile(`${file}.tmp`, source);
  await rename(`${file}.tmp`, file);
}

/** Bytes at the end that two modules have in common. */
function commonTail(a, b) {
  let length = 0;
  while (a[a.length - 1 - length] === b[b.length - 1 - length]) length++;
  return length;
}
