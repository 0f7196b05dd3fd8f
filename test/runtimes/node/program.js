// For Node, Deno and Bun. Everything is disposed of in the end, so the process must end by itself.
import { readFile } from 'node:fs/promises';
import { loadPipnet } from 'pipnet-wasm';
import { workload } from '../workload.js';

const picture = { ...JSON.parse(await readFile('picture.json', 'utf8')), data: await readFile('picture.rgba') };
const version = globalThis.Deno?.version.deno ?? globalThis.Bun?.version ?? process.versions.node;
console.log(JSON.stringify({ version, ...(await workload(loadPipnet, picture)) }));
