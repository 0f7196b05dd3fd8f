// A picture as the body of a request: `POST /` answers with its landmarks as JSON, `POST /draw` with them drawn.
import { ImageError } from 'pipnet-wasm';
import { drawFaces, encodePng } from 'pipnet-wasm/image';
import { findFaces, MAX_BYTES } from './faces.ts';
import { report } from './report.ts';

const BODY = 'the body';

const ROUTES: Record<string, ((picture: Uint8Array) => Promise<Response>) | undefined> = {
  async '/'(picture) {
    const { pixels, faces } = await findFaces(picture, BODY);
    return Response.json(report('-', pixels, faces));
  },
  async '/draw'(picture) {
    const { pixels, faces } = await findFaces(picture, BODY);
    return new Response(await encodePng(drawFaces(pixels, faces)), { headers: { 'Content-Type': 'image/png' } });
  },
};

/** A request that is refused before its picture is looked at. */
class RequestError extends Error {
  readonly status: number;
  override name = 'RequestError';
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function answer(request: Request): Promise<Response> {
  try {
    const { pathname } = new URL(request.url);
    const route = ROUTES[pathname];
    if (!route) throw new RequestError(404, `there is no ${pathname}: POST a picture to / or /draw`);
    if (request.method !== 'POST') throw new RequestError(405, `${request.method} is not understood: POST a picture`);
    const type = request.headers.get('Content-Type') ?? 'none';
    if (!/^image\/(jpeg|png)\s*(;|$)/i.test(type)) throw new RequestError(415, `content type ${type}: send image/jpeg or image/png`);
    return await route(await readBody(request));
  } catch (error) {
    return explain(error);
  }
}

/** Stops reading at the limit: a length may be missing or wrong. */
async function readBody({ body, headers }: Request): Promise<Uint8Array> {
  const tooLarge = new RequestError(413, `${BODY} is larger than ${MAX_BYTES / 2 ** 20} MiB: make the picture smaller first`);
  if (Number(headers.get('Content-Length')) > MAX_BYTES) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) throw tooLarge;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function explain(error: unknown): Response {
  if (error instanceof RequestError) return errorResponse(error.status, error, error.status === 405 ? { Allow: 'POST' } : {});
  if (error instanceof ImageError) return errorResponse(422, error);
  console.error(error);
  return errorResponse(500, { name: 'InternalError', message: 'the Worker failed; its log says why' });
}

function errorResponse(status: number, { name, message }: { name: string; message: string }, headers: HeadersInit = {}): Response {
  return Response.json({ error: { name, message } }, { status, headers });
}
