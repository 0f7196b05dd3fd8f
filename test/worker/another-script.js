// A worker that answers by nothing that anybody understands.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', () => parentPort.postMessage('hello'));
