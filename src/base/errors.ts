import { quote } from './quote.ts';

/** Longest message: what is wrong stands at its beginning, what to do at its end. */
const MAX_LENGTH = 1000;

/**
 * Every failure that a caller or their files can cause is a `PipnetError`; anything else is a bug of ours. Its message is
 * one line, whatever names and values it repeats.
 */
export class PipnetError extends Error {
  override name = 'PipnetError';

  /** Makes one line of the message. */
  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
  }
}

/** A picture that can't be read: missing, not an image, truncated, empty, too large. */
export class ImageError extends PipnetError {
  override name = 'ImageError';
}

/** A model or checkpoint that can't be used: damaged, hostile, of another architecture, parameters missing. */
export class ModelError extends PipnetError {
  override name = 'ModelError';
}

/** An argument outside its range: box, threshold, size, landmark count, option. */
export class ArgumentError extends PipnetError {
  override name = 'ArgumentError';
}

/** A dataset list or mean face that doesn't follow its format; the message names file and line. */
export class DataError extends PipnetError {
  override name = 'DataError';
}

/** What was thrown, if it is an error of ours: with `??` another one for what isn't. */
export function ours(error: unknown): PipnetError | undefined {
  try {
    return error instanceof PipnetError ? error : undefined;
  } catch {
    // Anything can be thrown, such as a proxy.
    return undefined;
  }
}

/** What an error of any origin says, as it may stand in a message. */
export function reasonOf(error: unknown): string {
  try {
    const { message } = error as Error;
    if (typeof message === 'string') return quote(message);
  } catch {
    // Whatever was thrown, it has no message.
  }
  return quote(error);
}

/** Short, without line breaks, control characters and what changes the direction of writing. */
function oneLine(message: string): string {
  const short = message.length > MAX_LENGTH ? `${message.slice(0, MAX_LENGTH / 2)} ... ${message.slice(-MAX_LENGTH / 2)}` : message;
  return short
    .replace(/\s*[\n\r]+\s*/g, ' ')
    .replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
