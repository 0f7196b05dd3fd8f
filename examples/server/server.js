// Landmarks over HTTP, in Node, Bun and Deno: `node server.js`, `bun server.js`, `deno run --allow-all server.js`.
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { serve } from '@hono/node-server';
import { createApp } from './app.js';
import { Pool } from './pool.js';

const host = process.env.HOST ?? '127.0.0.1';
const port = numberOf('PORT', 3000, { least: 0, most: 65_535 });
const threads = numberOf('THREADS', availableParallelism());
const maxRequests = numberOf('MAX_REQUESTS', 8 * threads);
const maxBytes = numberOf('MAX_BYTES', 10e6);
const maxPixels = numberOf('MAX_PIXELS', 25e6);
const bodyMs = numberOf('BODY_MS', 15_000);
const limitMs = numberOf('PICTURE_MS', 20_000);
const graceMs = numberOf('GRACE_MS', 25_000);

let ending = false;

const pool = await Pool.start({ threads, maxPixels, limitMs });
const app = createApp(pool, { maxBytes, maxRequests, bodyMs, isEnding: () => ending });
const server = serve({ fetch: app.fetch, hostname: host, port }, ({ address, port }) => console.log(`http://${address}:${port}`));
server.once('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end);

/** Answers who has been let in, and nobody else. */
function end() {
  ending = true;
  setTimeout(() => process.exit(1), graceMs).unref();
  server.close(async () => {
    await pool.close();
    process.exit(0);
  });
}

function numberOf(name, otherwise, { least = 1, most = Number.MAX_SAFE_INTEGER } = {}) {
  const value = Number(process.env[name] ?? otherwise);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(
    `${name} is ${JSON.stringify(process.env[name])}: give a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
  );
  process.exit(1);
}
