import { ModelError } from '../base/errors.ts';

/** A cursor over the little-endian bytes of an untrusted file; reading past the end is a `ModelError`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly label: string;
  offset: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, label: string, offset = 0) {
    this.bytes = bytes;
    this.label = label;
    this.offset = offset;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  error(message: string): ModelError {
    return new ModelError(`${this.label}: ${message}`);
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** Beyond 2^53 the result is inexact, yet larger than any file: bounds checks still refuse it. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Big-endian, as in pickles. */
  f64BigEndian(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  text(length: number): string {
    // jsdom, in which tests are run, lacks it.
    if (typeof TextDecoder === 'undefined')
      throw this.error('cannot be read without TextDecoder: set globalThis.TextDecoder, from node:util');
    // Copied, as browsers don't decode from memory shared between threads.
    const bytes = new Uint8Array(this.take(length));
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.error(`damaged: the ${length} bytes of text before byte ${this.offset} are not UTF-8`);
    }
  }

  /** Up to the next line feed, which is left out. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.offset);
    if (end < 0) throw this.error(`cut short or damaged: no line ends after byte ${this.offset}`);
    const line = this.text(end - this.offset);
    this.take(1);
    return line;
  }

  #advance(length: number): number {
    const start = this.offset;
    if (!(start >= 0 && length <= this.bytes.length - start)) {
      throw this.error(`cut short or damaged: ${length} bytes expected at byte ${start} of ${this.bytes.length}: download it again`);
    }
    this.offset += length;
    return start;
  }
}

interface ElementArray<T> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** Little-endian bytes as elements: a view where their address allows it, else a copy. */
export function viewAs<T>(Elements: ElementArray<T>, bytes: Uint8Array): T {
  const size = Elements.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new Elements(buffer, byteOffset, byteLength / size);
}
