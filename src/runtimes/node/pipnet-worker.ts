// The script of the worker that `loadPipnet({ worker: true })` starts in Node, Deno and Bun.
import { createLoader } from '../../pipnet.ts';
import { answerForPipnet } from '../../worker/methods.ts';
import { answerParent } from './answer-parent.ts';
import { platform } from './platform.ts';

answerParent(answerForPipnet(createLoader({ ...platform, loadInWorker: 'this is a worker already' })));
