// What values are, not by their constructors: those of another realm (an iframe, jsdom, a vm context) have others of the
// same name.

/** What `Object.prototype.toString` calls a value: Uint8Array, ArrayBuffer, Blob ... A value that lies or throws is an Object. */
export function kindOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value).slice('[object '.length, -1);
  } catch {
    return 'Object';
  }
}

/** Bytes that may be a file's. */
export function isBytes(value: unknown): value is Uint8Array | ArrayBuffer {
  return kindOf(value) === 'ArrayBuffer' || (ArrayBuffer.isView(value) && kindOf(value) === 'Uint8Array');
}
