// Writes the models of the package into weights/ as int8, which leaves room in a Worker's 10 MB.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const inPackage = (path) => fileURLToPath(new URL(path, import.meta.resolve('pipnet-wasm/package.json')));

for (const name of ['pipnet-mobilenetv2-68', 'faceboxesv2']) {
  const target = fileURLToPath(new URL(`weights/${name}-i8.safetensors`, import.meta.url));
  const args = ['convert', inPackage(`weights/${name}.safetensors`), '--dtype', 'i8', '--out', target];
  execFileSync(process.execPath, [inPackage('dist/cli/main.js'), ...args], { stdio: 'inherit' });
}
