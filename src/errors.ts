import { quote } from './quote.ts';

/** Every failure that a caller or their files can cause is a `PipnetError`; anything else is a bug of ours. */
export class PipnetError extends Error {
  override name = 'PipnetError';
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

/** What an error of any origin says, as it may stand in a message of one line. */
export function reasonOf(error: unknown): string {
  try {
    const { message } = error as Error;
    if (typeof message === 'string') return quote(message);
  } catch {
    // Whatever was thrown, it has no message.
  }
  return quote(error);
}
