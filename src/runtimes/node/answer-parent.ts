import { parentPort } from 'node:worker_threads';
import { answering } from '../../worker/answer.ts';

/**
 * Answers the questions of the thread that started this one, which asks by a `Caller`.
 *
 * @param transferOf what of an answer leaves this thread with it
 */
export function answerParent<Question, Value>(
  answer: (question: Question) => Promise<Value>,
  transferOf?: (value: Value) => readonly object[],
): void {
  parentPort?.on(
    'message',
    answering(answer, (reply, transfer) => parentPort?.postMessage(reply, transfer as ArrayBuffer[]), transferOf),
  );
}
