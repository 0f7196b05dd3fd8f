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
  { name: 'Chromium, pictures for a worker', run: (app) => runPage(app, script('drawables.js'), ISOLATION, checkDrawables) },
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

/** @throws Error unless the worker found the same in all pictures */
async function checkDrawables(page) {
  const found = await readOutput(page);
  const others = Object.keys(found).filter((name) => !found[name]);
  if (others.length > 0) throw new Error(`in a worker other faces than in the page, of: ${others.join(', ')}`);
  return { note: `the same faces as in the page, to the last bit: ${Object.keys(found).join(', ')}` };
}
