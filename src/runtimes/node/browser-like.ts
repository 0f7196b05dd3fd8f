import type { Worker } from 'node:worker_threads';
import type { AskedWorker } from '../../worker/caller.ts';

/** Node's worker in the form that browsers give theirs. */
export function browserLike(worker: Worker): AskedWorker {
  const thread: AskedWorker = {
    onmessage: null,
    onerror: null,
    onmessageerror: null,
    postMessage: (message, transfer = []) => worker.postMessage(message, transfer as ArrayBuffer[]),
    terminate: () => void worker.terminate(),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
  worker.on('message', (data) => thread.onmessage?.({ data }));
  worker.on('error', (error) => thread.onerror?.({ message: error.message }));
  worker.on('messageerror', (error) => thread.onmessageerror?.({ message: error.message }));
  // A worker that is ended from outside says no more than this.
  worker.on('exit', (code) => thread.onerror?.({ message: `it ended with code ${code}` }));
  return thread;
}
