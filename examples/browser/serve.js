// Serves the demo on loopback, from the package as it lies on disk: its folders keep their places, so that the page's
// relative imports work here as on any static host. It is no server for the open network.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HOST = '127.0.0.1';
const MAX_PORT = 65535;
const ROOT = await realpath(fileURLToPath(new URL('../../', import.meta.url)));
const PAGE = '/examples/browser/';

/** All that is served. */
const FOLDERS = ['examples/browser', 'examples/faces/images', 'dist', 'weights', 'test/images'].map((folder) => join(ROOT, folder) + sep);

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
  '.wasm': 'application/wasm',
};

const HEADERS = {
  // These two make the page cross-origin isolated: without them it has no shared memory, and so no threads.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
  // Asked again each time, and answered with 304 where nothing changed.
  'Cache-Control': 'no-cache',
};

/** The file that a URL names, or undefined if it names none of ours; links are followed before they are judged. */
async function findFile(url) {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    const file = await realpath(join(ROOT, path.endsWith('/') ? `${path}index.html` : path));
    if (!FOLDERS.some((folder) => file.startsWith(folder))) return undefined;
    const stats = await stat(file);
    return stats.isFile() ? { file, stats } : undefined;
  } catch {
    return undefined;
  }
}

async function answer(request, response) {
  const reply = (status, headers = {}) => response.writeHead(status, { ...HEADERS, ...headers });
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply(405, { Allow: 'GET, HEAD' }).end();
  if (request.url === '/') return reply(302, { Location: PAGE }).end();
  const found = await findFile(request.url);
  if (!found) return reply(404, { 'Content-Type': 'text/plain' }).end('Not found\n');

  const { file, stats } = found;
  const changed = stats.mtime.toUTCString();
  if (request.headers['if-modified-since'] === changed) return reply(304).end();
  reply(200, {
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    'Content-Length': stats.size,
    'Last-Modified': changed,
  });
  if (request.method === 'HEAD') return response.end();
  // A visitor who leaves midway is no error.
  await pipeline(createReadStream(file), response).catch(() => {});
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

const { port } = parseArgs({ options: { port: { type: 'string', default: '8080' } } }).values;
if (!/^\d+$/.test(port) || Number(port) > MAX_PORT) fail(`"${port}" is no port: give a number from 0 (any free one) to ${MAX_PORT}.`);
const server = createServer(answer);
server.on('error', (error) => fail(error.code === 'EADDRINUSE' ? `Port ${port} is taken: choose another with --port.` : error.message));
server.listen(Number(port), HOST, () => console.log(`The demo is at http://${HOST}:${server.address().port}${PAGE}`));
