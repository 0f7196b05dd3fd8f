// Errors on their way from thread to thread, on which they would lose their class.
import { ArgumentError, DataError, ImageError, ModelError, PipnetError } from './errors.ts';

/** What of an error is sent. */
export interface SentError {
  name: string;
  message: string;
  stack?: string | undefined;
}

const KINDS = [ArgumentError, DataError, ImageError, ModelError, PipnetError];

export function sendError(error: unknown): SentError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { name, message, stack };
}

/** The error as it was; one that is none of ours, a fault, keeps its name and where it came from. */
export function receiveError({ name, message, stack }: SentError): Error {
  const kind = KINDS.find((known) => known.name === name);
  return kind ? new kind(message) : Object.assign(new Error(message), { name, stack });
}
