import { spawn } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from '../../runtimes/execute.js';
import { readPage } from '../run.js';

const NEXT = '../node_modules/next/dist/bin/next';
const ENVIRONMENT = { NEXT_TELEMETRY_DISABLED: '1' };
const START_LIMIT_MS = 30_000;

export const packages = ['next@16.4.6', 'react@19.3.1', 'react-dom@19.3.1'];
export const apps = [
  { name: 'Next.js, server route', run: runRoute },
  { name: 'Next.js, client component', run: (app) => withServer(app, readPage) },
];

async function runRoute(app) {
  for (const file of ['picture.jpg', 'picture.rgba', 'picture.json', 'tiny.webp', 'tiny.avif'])
    await cp(join(app, file), join(app, 'next/public', file));
  await execute(process.execPath, [NEXT, 'build'], join(app, 'next'), ENVIRONMENT);
  return withServer(app, async (origin) => (await fetch(`${origin}/api`)).json());
}

/** Serves the app that has been built. */
async function withServer(app, use) {
  const server = spawn(process.execPath, [NEXT, 'start', '--hostname', '127.0.0.1', '--port', '0'], {
    cwd: join(app, 'next'),
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    return await use(await originOf(server));
  } finally {
    server.kill('SIGKILL');
    await ended;
  }
}

/** From what the server prints when it has started. */
export function originOf(server) {
  return new Promise((resolve, reject) => {
    let text = '';
    server.stdout.on('data', (chunk) => {
      text += chunk;
      const [origin] = text.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
      if (origin) resolve(origin);
    });
    server.once('exit', () => reject(new Error(`next start has ended: ${text}`)));
    setTimeout(() => reject(new Error(`next start has not begun within ${START_LIMIT_MS / 1000} s: ${text}`)), START_LIMIT_MS).unref();
  });
}
