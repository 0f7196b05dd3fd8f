import { join } from 'node:path';
import * as vite from 'vite';
import { ISOLATION } from '../../runtimes/chromium/server.js';
import { readPage, runPage } from '../run.js';

export const packages = [];
export const apps = [
  { name: 'Vite, build', run: runBuild },
  { name: 'Vite, development server', run: runServer },
];

async function runBuild(app) {
  await vite.build({ root: join(app, 'vite'), base: '/vite/web/', build: { outDir: 'web' }, logLevel: 'warn' });
  return runPage(app, '/vite/web/index.html');
}

async function runServer(app) {
  const server = await vite.createServer({
    root: app,
    optimizeDeps: { entries: ['vite/index.html'] },
    server: { host: '127.0.0.1', port: 0, headers: ISOLATION },
    logLevel: 'warn',
  });
  try {
    await server.listen();
    return await readPage(`http://127.0.0.1:${server.httpServer.address().port}/vite/index.html`);
  } finally {
    await server.close();
  }
}
