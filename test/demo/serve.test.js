import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from './server.js';

let server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Sends the path as it is, where `fetch` would tidy it up. */
function get(path, { method = 'GET', headers = {} } = {}) {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the demo’s server', () => {
  test.each([
    ['/examples/browser/', 'text/html; charset=utf-8'],
    ['/examples/browser/main.js', 'text/javascript; charset=utf-8'],
    ['/dist/runtimes/browser/index.js', 'text/javascript; charset=utf-8'],
    ['/test/images/grace-hopper.jpg', 'image/jpeg'],
  ])('serves %s with the headers that shared memory needs', async (path, type) => {
    const { status, headers } = await get(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
  });

  test('leads to the page', async () => {
    const { status, headers } = await get('/');
    expect([status, headers.location]).toEqual([302, '/examples/browser/']);
  });

  test('sends nothing twice that has not changed', async () => {
    const path = '/weights/faceboxesv2.safetensors';
    const first = await get(path, { method: 'HEAD' });
    expect([first.status, first.body.length]).toEqual([200, 0]);
    const again = await get(path, { headers: { 'If-Modified-Since': first.headers['last-modified'] } });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test.each([
    '/package.json',
    '/examples/browser/../../package.json',
    '/examples/browser/%2e%2e/%2e%2e/package.json',
    '/dist/..%2fpackage.json',
    '/dist/..%2f..%2f..%2f..%2f..%2fetc/passwd',
    '/dist/..%5cpackage.json',
    '/dist',
    '/dist/',
    '/distant',
    '/examples/browser/main.js%00.html',
    '/dist/%zz',
    '//etc/passwd',
    'http://elsewhere/package.json',
    '*',
  ])('has no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('only reads', async () => {
    expect((await get('/examples/browser/', { method: 'POST' })).status).toBe(405);
  });
});
