// A picture out of a request, of bounded size and in bounded time.
import { Refused } from './refused.js';

/**
 * The picture's bytes: the body, or the first file of a form.
 *
 * @throws Refused if it has more than `maxBytes`, hasn't come within `limitMs`, or isn't there
 */
export async function readPicture(request, maxBytes, limitMs) {
  const body = await readBody(request, maxBytes, limitMs);
  const type = request.headers.get('Content-Type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) return body;
  const form = await new Response(body, { headers: { 'Content-Type': type } }).formData().catch(() => {
    throw new Refused(400, 'BadForm', 'the form is damaged or was cut off');
  });
  const file = [...form.values()].find((field) => field instanceof File);
  if (!file) throw new Refused(400, 'NoFile', 'the form has no file: send the picture in one, or as the body');
  return new Uint8Array(await file.arrayBuffer());
}

/** Stops at the limits: a length may be missing, and a body may never end. */
async function readBody(request, maxBytes, limitMs) {
  const tooLarge = new Refused(413, 'TooLarge', `the body has more than ${maxBytes / 1e6} MB`);
  if (Number(request.headers.get('Content-Length')) > maxBytes) throw tooLarge;
  const reader = request.body?.getReader();
  const chunks = [];
  let size = 0;
  let stop;
  const late = new Promise((_, reject) => {
    const tooLate = new Refused(408, 'TooLate', `the body has not come within ${limitMs / 1000} s`);
    stop = setTimeout(() => reject(tooLate), limitMs);
  });
  try {
    while (reader) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      size += value.length;
      if (size > maxBytes) throw tooLarge;
      chunks.push(value);
    }
  } finally {
    clearTimeout(stop);
    reader?.cancel().catch(() => {});
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
