import { Worker } from 'node:worker_threads';
import type { ThreadWorker } from '../../engine/threads.ts';
import { browserLike } from './browser-like.ts';

/** A browser-like worker on Node's. */
export function spawnThread(source: string): ThreadWorker {
  const scope = `
    const { parentPort } = require('node:worker_threads');
    globalThis.postMessage = (message) => parentPort.postMessage(message);
    parentPort.on('message', (data) => globalThis.onmessage({ data }));
    parentPort.on('messageerror', () => globalThis.onmessageerror());`;
  const worker = new Worker(`${scope}\n${source}`, { eval: true });
  // Once it has said that it is ready, it keeps no process alive.
  worker.once('message', () => worker.unref());
  return browserLike(worker);
}
