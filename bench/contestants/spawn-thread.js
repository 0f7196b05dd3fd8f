import { Worker } from 'node:worker_threads';

/** A browser-like worker on Node's, as src/platform/node.ts starts it: the package has no public face for engines. */
export function spawnThread(source) {
  const browserLike = `
    const { parentPort } = require('node:worker_threads');
    globalThis.postMessage = (message) => parentPort.postMessage(message);
    parentPort.on('message', (data) => globalThis.onmessage({ data }));`;
  const worker = new Worker(`${browserLike}\n${source}`, { eval: true });
  const thread = { onmessage: null, onerror: null, postMessage: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
  worker.on('message', (data) => thread.onmessage?.({ data }));
  worker.on('error', ({ message }) => thread.onerror?.({ message }));
  return thread;
}
