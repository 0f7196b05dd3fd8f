#!/usr/bin/env node
// The program is built by `npm install`; until then this file alone stands for it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) await import(program.href);
else {
  console.error(`pipnet-wasm: not built yet: run "npm install" in ${fileURLToPath(new URL('..', import.meta.url))}`);
  process.exitCode = 1;
}
