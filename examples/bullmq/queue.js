// What producers and workers agree on: where the queue is, and what a job is called.
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';

export const QUEUE = process.env.QUEUE ?? 'faces';
export const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };

/**
 * A picture's job: `data` for the worker, and an id that is the same for the same file, so that a picture that is added
 * twice is looked at once.
 */
export function jobOf(picture) {
  const image = resolve(picture);
  const hash = createHash('sha256').update(image).digest('hex').slice(0, 16);
  return {
    name: basename(image),
    data: { image },
    opts: {
      jobId: `picture-${hash}`,
      // Of what may pass, such as a network drive that is away; a damaged picture is not tried again.
      attempts: 3,
      backoff: { type: 'exponential', delay: 1000 },
    },
  };
}
