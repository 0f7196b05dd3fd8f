// zlib streams (RFC 1950) to bytes, a piece at a time: whoever has enough stops, whatever the rest would inflate to.

/** Inflates pieces of a zlib stream as far as it is asked to. */
export type Inflate = (pieces: Uint8Array[]) => AsyncIterable<Uint8Array>;

/** Deflate expands up to 1032 times: what the runtime inflates at once stays below 17 MB. */
const PIECE_BYTES = 1 << 14;

/** By the runtime's `DecompressionStream`. */
export async function* inflateStream(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  const small = split(pieces);
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        const { done, value } = small.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
  const reader = source.pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function* split(pieces: Uint8Array[]): Generator<Uint8Array<ArrayBuffer>> {
  for (const piece of pieces) {
    // Copies, since runtimes may detach what is given to a stream.
    for (let at = 0; at < piece.length; at += PIECE_BYTES) yield new Uint8Array(piece.subarray(at, at + PIECE_BYTES));
  }
}
