import { withPage } from './browser.js';
import { checkLeaks } from './leak-check.js';
import { ISOLATION, serve } from './server.js';

const NO_BLOB_WORKERS = { ...ISOLATION, 'Content-Security-Policy': "worker-src 'self'" };

const script = (name) => `/chromium/page.html?script=/chromium/${name}`;

export const runtimes = [
  { name: 'Chromium, ESM page', threads: false, run: (app) => runPage(app, script('page.js'), {}) },
  { name: 'Chromium, isolated page', threads: true, run: (app) => runPage(app, script('page.js')) },
  {
    name: 'Chromium, isolated page without blob workers',
    threads: false,
    run: (app) => runPage(app, script('page.js'), NO_BLOB_WORKERS, readOutput, /Content Security Policy/),
  },
  { name: 'Chromium, module worker', threads: true, run: (app) => runPage(app, script('with-worker.js')) },
  { name: 'Chromium, leaks', run: (app) => runPage(app, script('leak.js'), ISOLATION, checkLeaks) },
];

async function runPage(app, path, headers = ISOLATION, use = readOutput, expectedError) {
  const server = await serve(app, headers);
  try {
    return await withPage(server.origin + path, use, expectedError);
  } finally {
    server.close();
  }
}

/** What the page has left in `globalThis.output`. */
async function readOutput(page) {
  return page.waitForFunction('globalThis.output').then((output) => output.jsonValue());
}
