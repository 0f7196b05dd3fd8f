import { Worker } from 'node:worker_threads';
import type { ThreadWorker } from '../../engine/threads.ts';

/** A browser-like worker on Node's. */
export function spawnThread(source: string): ThreadWorker {
  const browserLike = `
    const { parentPort } = require('node:worker_threads');
    globalThis.postMessage = (message) => parentPort.postMessage(message);
    parentPort.on('message', (data) => globalThis.onmessage({ data }));
    parentPort.on('messageerror', () => globalThis.onmessageerror());`;
  const worker = new Worker(`${browserLike}\n${source}`, { eval: true });
  // Once it has said that it is ready, it keeps no process alive.
  worker.once('message', () => worker.unref());
  const thread: ThreadWorker = {
    onmessage: null,
    onerror: null,
    onmessageerror: null,
    postMessage: (message) => worker.postMessage(message),
    terminate: () => void worker.terminate(),
  };
  worker.on('message', (data) => thread.onmessage?.({ data }));
  worker.on('error', (error) => thread.onerror?.({ message: error.message }));
  worker.on('messageerror', (error) => thread.onmessageerror?.({ message: error.message }));
  // A worker that is ended from outside says no more than this.
  worker.on('exit', (code) => thread.onerror?.({ message: `it ended with code ${code}` }));
  return thread;
}
