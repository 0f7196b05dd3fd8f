// The other end of caller.ts: what a worker's script does with the questions that it is sent.
import { sendError, type SentError } from '../base/sent-error.ts';

export interface Question {
  id: number;
  question: unknown;
}

export interface Reply {
  id: number;
  value?: unknown;
  error?: SentError;
}

/**
 * What a script does with each message: it answers with the value, or with what went wrong.
 *
 * @param transferOf what of a value leaves this thread with it
 */
export function answering<Asked, Value>(
  answer: (question: Asked) => Promise<Value>,
  send: (reply: Reply, transfer: readonly object[]) => void,
  transferOf: (value: Value) => readonly object[] = () => [],
): (message: unknown) => Promise<void> {
  return async (message) => {
    const { id, question } = message as Question;
    try {
      const value = await answer(question as Asked);
      send({ id, value }, transferOf(value));
    } catch (error) {
      send({ id, error: sendError(error) }, []);
    }
  };
}
