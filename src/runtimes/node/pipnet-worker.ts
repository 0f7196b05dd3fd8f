// The script of the worker that `loadPipnet({ worker: true })` starts in Node, Deno and Bun.
import { parentPort } from 'node:worker_threads';
import { createLoader } from '../../pipnet.ts';
import { answering } from '../../worker/answer.ts';
import { answerForPipnet } from '../../worker/methods.ts';
import { platform } from './platform.ts';

const load = createLoader({ ...platform, loadInWorker: 'this is a worker already' });
parentPort?.on(
  'message',
  answering(answerForPipnet(load), (reply) => parentPort?.postMessage(reply)),
);
