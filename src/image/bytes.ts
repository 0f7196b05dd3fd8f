// Encoded pictures as callers give them.
import { ImageError } from '../base/errors.ts';
import { kindOf } from '../base/kind.ts';

/** The whole of an encoded picture. */
export type ImageBytes = Uint8Array | Uint8ClampedArray | DataView | ArrayBuffer | SharedArrayBuffer | Blob;

/** Whether a value is bytes, or a Blob of them, and not pixels, a path or nonsense. Arrays of wider numbers are meant as bytes too. */
export function isImageBytes(value: unknown): value is ImageBytes {
  return ArrayBuffer.isView(value) || ['ArrayBuffer', 'SharedArrayBuffer', 'Blob', 'File'].includes(kindOf(value));
}

/**
 * The bytes themselves; a copy if they are shared with another thread, or in a Blob.
 *
 * @param label what errors call the picture
 * @throws ImageError if it is anything else
 */
export async function readBytes(source: unknown, label: string, maxBytes = Infinity): Promise<Uint8Array<ArrayBuffer>> {
  const kind = kindOf(source);
  if (ArrayBuffer.isView(source)) {
    if (!['Uint8Array', 'Uint8ClampedArray', 'DataView'].includes(kind))
      throw new ImageError(`${label} is a ${kind}: give its bytes as a Uint8Array`);
    const bytes = new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength);
    return kindOf(source.buffer) === 'SharedArrayBuffer' ? new Uint8Array(bytes) : bytes;
  }
  if (kind === 'ArrayBuffer') return new Uint8Array(source as ArrayBuffer);
  if (kind === 'SharedArrayBuffer') return new Uint8Array(new Uint8Array(source as SharedArrayBuffer));
  if (kind !== 'Blob' && kind !== 'File') {
    throw new ImageError(`${label} is ${describe(source)}: give the bytes of a picture file as a Uint8Array, an ArrayBuffer or a Blob`);
  }
  const { size } = source as Blob;
  if (size > maxBytes) throw new ImageError(`${label} is larger than ${maxBytes / 2 ** 20} MiB: make the picture smaller first`);
  try {
    return new Uint8Array(await (source as Blob).arrayBuffer());
  } catch (error) {
    throw new ImageError(`${label}, a ${kind} of ${size} bytes, can't be read: ${(error as Error).message}`);
  }
}

function describe(source: unknown): string {
  return typeof source === 'object' || typeof source === 'function'
    ? `no picture but ${source === null ? 'null' : `an object (${kindOf(source)})`}`
    : `no picture but ${String(source)}`;
}
