// What is asked and answered: `POST /landmarks` with a picture, `GET /health`.
import { Hono } from 'hono';
import { readPicture } from './read-picture.js';
import { Refused } from './refused.js';

/**
 * @param pool where pictures are looked at
 * @param maxBytes of a body
 * @param maxRequests that are read, wait or run at once: with `maxBytes` what all of them may hold
 * @param bodyMs how long a body may take to come
 * @param isEnding whether no more requests are wanted
 */
export function createApp(pool, { maxBytes, maxRequests, bodyMs, isEnding }) {
  const app = new Hono();
  let requests = 0;

  app.get('/health', (c) => {
    const state = { status: isEnding() ? 'ending' : 'ok', requests, ...pool.load };
    return c.json(state, isEnding() ? 503 : 200);
  });

  app.post('/landmarks', async (c) => {
    if (requests >= maxRequests) throw new Refused(503, 'Busy', `${requests} pictures are being looked at: try again`);
    requests++;
    try {
      const picture = await readPicture(c.req.raw, maxBytes, bodyMs);
      return c.json(await pool.find(picture, c.req.raw.signal), 200, isEnding() ? { Connection: 'close' } : {});
    } finally {
      requests--;
    }
  });
  app.all('/landmarks', (c) => refuse(c, new Refused(405, 'WrongMethod', `${c.req.method} is not understood: POST a picture`)));
  app.notFound((c) => refuse(c, new Refused(404, 'NotFound', `there is no ${c.req.path}: POST a picture to /landmarks`)));
  app.onError((error, c) => {
    if (error instanceof Refused) return refuse(c, error);
    // Who has gone is told nothing.
    if (!c.req.raw.signal.aborted) console.error(error);
    return refuse(c, new Refused(500, 'InternalError', 'the server failed; its log says why'));
  });
  return app;
}

/** More headers of some answers; a connection that is closed needn't bring the rest of its body. */
const HEADERS = {
  405: { Allow: 'POST' },
  408: { Connection: 'close' },
  413: { Connection: 'close' },
  503: { Connection: 'close', 'Retry-After': '1' },
};

function refuse(c, { status, name, message }) {
  return c.json({ error: { name, message } }, status, HEADERS[status] ?? {});
}
