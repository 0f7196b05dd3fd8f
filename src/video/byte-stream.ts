// Bytes that come piece by piece, to be looked at ahead and then taken: never more of them are kept than was asked for, and a piece.

/** Bytes to begin with. */
const LEAST = 1 << 16;

export class ByteStream {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #buffer = new Uint8Array(LEAST);
  #start = 0;
  #end = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** What has come and was not taken yet; until the next call of any method. */
  get ahead(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Waits until there are so many bytes ahead. @returns false if the stream ends before: what there is stays ahead */
  async has(count: number): Promise<boolean> {
    while (this.#end - this.#start < count) {
      const { done, value } = await this.#pieces.next();
      if (done) return false;
      this.#append(value);
    }
    return true;
  }

  /** A copy of the next bytes, which must be ahead, and are not any more. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#buffer.slice(this.#start, this.#start + count);
    this.skip(count);
    return taken;
  }

  /** Leaves out bytes that are ahead. */
  skip(count: number): void {
    this.#start += count;
  }

  #append(piece: Uint8Array): void {
    if (this.#end + piece.length > this.#buffer.length) {
      const { ahead } = this;
      const needed = ahead.length + piece.length;
      // Twice as much each time, so that a frame of many pieces isn't copied for each of them.
      if (needed > this.#buffer.length) this.#buffer = new Uint8Array(2 * needed);
      this.#buffer.set(ahead);
      [this.#start, this.#end] = [0, ahead.length];
    }
    this.#buffer.set(piece, this.#end);
    this.#end += piece.length;
  }
}
