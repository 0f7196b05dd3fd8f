/**
 * The bytes of a file.
 *
 * @param onProgress told the share that has come, 0 to 1; not where the server doesn't say how long the file is
 * @throws Error whose message is fit to be shown
 */
export async function download(url, onProgress) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} can’t be fetched: the server answers with status ${response.status}.`);
  const { headers } = response;
  // What is sent compressed is longer when it is here.
  const length = headers.has('Content-Encoding') ? 0 : Number(headers.get('Content-Length'));
  let come = 0;
  const count = new TransformStream({
    transform(chunk, controller) {
      come += chunk.length;
      if (length > 0) onProgress(come / length);
      controller.enqueue(chunk);
    },
  });
  return new Uint8Array(await new Response(response.body.pipeThrough(count)).arrayBuffer());
}
