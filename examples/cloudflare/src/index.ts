/**
 * Facial landmarks on Cloudflare Workers: over HTTP for one picture (`http.ts`), through a Queue for as many as an R2
 * bucket holds (`queue.ts`).
 */
import { answer } from './http.ts';
import { consume, type Env } from './queue.ts';

export default {
  fetch: answer,
  queue: consume,
} satisfies ExportedHandler<Env, unknown>;
