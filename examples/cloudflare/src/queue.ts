// Pictures by the bucket: a Queue brings the keys of R2 objects, and beside each picture its landmarks are written.
import { ImageError } from 'pipnet-wasm';
import { findFaces, MAX_BYTES } from './faces.ts';
import { failure, report } from './report.ts';

export interface Env {
  PICTURES: R2Bucket;
}

/** `max_batch_size` in wrangler.toml: so many crowds fit into its `cpu_ms`. */
const MAX_BATCH = 3;

const RESULT_SUFFIX = '.landmarks.json';

/**
 * Each message is a key, or what R2 itself sends about an object (`event notifications`). A picture that can't be read
 * has its error written as the result: it would fail again. Anything else, such as an R2 that doesn't answer, may pass:
 * the message comes back later, and in the end goes to the dead letter queue. So do those of a larger batch than there is
 * time for.
 */
export async function consume(batch: MessageBatch<unknown>, { PICTURES }: Env): Promise<void> {
  for (const message of batch.messages.slice(MAX_BATCH)) message.retry();
  for (const message of batch.messages.slice(0, MAX_BATCH)) {
    try {
      const key = keyOf(message.body);
      if (key === undefined) console.error(`message ${message.id} names no object: send a key`);
      // A bucket that reports every new object reports our results too.
      else if (!key.endsWith(RESULT_SUFFIX)) await writeLandmarks(PICTURES, key);
      message.ack();
    } catch (error) {
      console.error(`message ${message.id}, try ${message.attempts}:`, error);
      message.retry({ delaySeconds: 30 });
    }
  }
}

function keyOf(body: unknown): string | undefined {
  const key = typeof body === 'string' ? body : (body as { object?: { key?: unknown } } | null)?.object?.key;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

async function writeLandmarks(bucket: R2Bucket, key: string): Promise<void> {
  const result = await landmarksOf(bucket, key).catch((error: unknown) => {
    if (error instanceof ImageError) return failure(key, error);
    throw error;
  });
  await bucket.put(key + RESULT_SUFFIX, JSON.stringify(result), { httpMetadata: { contentType: 'application/json' } });
}

async function landmarksOf(bucket: R2Bucket, key: string): Promise<object> {
  const object = await bucket.get(key);
  if (object === null) throw new ImageError(`there is no object ${key}`);
  if (object.size > MAX_BYTES) throw new ImageError(`${key} has ${object.size} bytes: the limit is ${MAX_BYTES / 2 ** 20} MiB`);
  const { pixels, faces } = await findFaces(new Uint8Array(await object.arrayBuffer()), key);
  return report(key, pixels, faces);
}
