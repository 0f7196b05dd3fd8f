/**
 * The part of Protocol Buffers' wire format that writing needs. A message is a list of fields:
 *
 *   | varint: field number * 8 + wire type | payload |
 *
 * where the payload is a varint, four bytes, or a varint length and that many bytes (texts, bytes and messages). Chunks
 * are joined once, at the end: weights are not copied from level to level.
 */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FOUR_BYTES = 5;

export class Message {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  /** @param value a whole number from 0 to 2 ** 53 */
  integer(field: number, value: number): this {
    return this.#push(varint(field * 8 + VARINT), varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(varint(field * 8 + FOUR_BYTES), bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varint(field * 8 + LENGTH_DELIMITED), varint(value.length), value);
  }

  message(field: number, value: Message): this {
    return this.#push(varint(field * 8 + LENGTH_DELIMITED), varint(value.#size), ...value.#chunks);
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#size);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  #push(...chunks: Uint8Array[]): this {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#size += chunk.length;
    }
    return this;
  }
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) + 0x80);
  bytes.push(value);
  return Uint8Array.from(bytes);
}
