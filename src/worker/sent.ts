// Models and pictures as they are sent to a worker. The caller keeps theirs: bytes are copied once, and the copy is moved.
import { kindOf } from '../base/kind.ts';
import type { Pixels } from '../base/types.ts';
import { isImageBytes, readBytes } from '../image/bytes.ts';

/** Something to be sent, and what of it leaves this thread. */
export interface Parcel {
  sent: unknown;
  transfer: readonly object[];
}

/** A path or a URL, which can't be sent as it is. */
export function sendPlace(place: string | URL): Parcel {
  return { sent: typeof place === 'string' ? place : { href: place.href }, transfer: [] };
}

export function sendBytes(bytes: Uint8Array | ArrayBuffer): Parcel {
  // A copy in any case: Buffers share their memory when they are sliced.
  const sent = new Uint8Array(ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes));
  return { sent, transfer: [sent.buffer] };
}

export function sendPixels({ data, width, height }: Pixels): Parcel {
  const { sent, transfer } = sendBytes(data as Uint8Array);
  return { sent: { data: sent, width, height }, transfer };
}

/** A picture that is decoded over there, or undefined if it is none of these. */
export async function sendEncoded(image: unknown): Promise<Parcel | undefined> {
  if (!isImageBytes(image)) return undefined;
  // Blobs are sent without their bytes.
  return ['Blob', 'File'].includes(kindOf(image)) ? { sent: image, transfer: [] } : sendBytes(await readBytes(image, 'picture'));
}

/** What was sent, as the caller gave it. */
export function receive(sent: unknown): unknown {
  return typeof sent === 'object' && sent !== null && 'href' in sent ? new URL(String(sent.href)) : sent;
}
