// The script of the worker that `loadPipnet({ worker: true })` starts in browsers.
import { createLoader } from '../../pipnet.ts';
import { answering } from '../../worker/answer.ts';
import { answerForPipnet } from '../../worker/methods.ts';
import * as decoder from './decode.ts';
import { platformWith } from './platform.ts';

const load = createLoader({ ...platformWith(async () => decoder), loadInWorker: 'this is a worker already' });
const answer = answering(answerForPipnet(load), (reply) => postMessage(reply));
addEventListener('message', ({ data }) => answer(data));
