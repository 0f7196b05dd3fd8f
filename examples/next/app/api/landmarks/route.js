import { ImageError, loadPipnet } from 'pipnet-wasm';

const MAX_BYTES = 10e6;

let loading;

/** The process's model; where loading fails, the next picture tries again. */
function load() {
  loading ??= loadPipnet().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** A picture as the body; answers with its faces. */
export async function POST(request) {
  const picture = await readBody(request);
  if (!picture) return refuse(413, 'TooLarge', `the picture has more than ${MAX_BYTES / 1e6} MB`);
  try {
    const pipnet = await load();
    return Response.json({ faces: await pipnet.detect(picture) });
  } catch (error) {
    if (error instanceof ImageError) return refuse(422, error.name, error.message);
    throw error;
  }
}

/** The bytes, or nothing if they are too many; a length may be missing or wrong. */
async function readBody({ body }) {
  const chunks = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(status, name, message) {
  return Response.json({ error: { name, message } }, { status });
}
