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

/** What a script does with each message: it answers with the value, or with what went wrong. */
export function answering<T>(answer: (question: T) => Promise<unknown>, send: (reply: Reply) => void): (message: unknown) => Promise<void> {
  return async (message) => {
    const { id, question } = message as Question;
    try {
      send({ id, value: await answer(question as T) });
    } catch (error) {
      send({ id, error: sendError(error) });
    }
  };
}
