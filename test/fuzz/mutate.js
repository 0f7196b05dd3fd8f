/** Damages a file as chance and malice do. */

/** Numbers that counts, sizes and offsets are set to. */
const EXTREMES = [
  0n,
  1n,
  -1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
];

/**
 * @param {Buffer} file is left as it is
 * @param {Buffer[]} others files of the same format, to take pieces of
 * @param {string[]} tokens what has a meaning in the format, a character a byte
 * @param {() => number} random draws from 0 to 1
 * @returns {Buffer} the file after one to five changes
 */
export function mutate(file, others, tokens, random) {
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  /** A place, more often one near the start, where headers are. */
  const place = (bytes) => below(random() < 0.3 ? Math.min(64, bytes.length + 1) : bytes.length + 1);
  const piece = (bytes) => {
    const at = place(bytes);
    return bytes.subarray(at, at + 1 + below(random() < 0.5 ? 8 : bytes.length));
  };
  const insert = (bytes, at, added) => Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
  const overwrite = (bytes, at, written) => {
    const changed = Buffer.from(bytes);
    written.copy(changed, at);
    return changed;
  };
  const integer = () => {
    const size = pick([1, 2, 4, 8]);
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt.asIntN(64, pick(EXTREMES)));
    const little = bytes.subarray(0, size);
    return random() < 0.5 ? little : little.reverse();
  };
  const changes = [
    (bytes) => {
      const at = below(bytes.length);
      return overwrite(bytes, at, Buffer.from([bytes[at] ^ (1 << below(8))]));
    },
    (bytes) => overwrite(bytes, below(bytes.length), Buffer.from([below(256)])),
    (bytes) => overwrite(bytes, place(bytes), integer()),
    (bytes) => overwrite(bytes, place(bytes), piece(bytes)),
    (bytes) => insert(bytes, place(bytes), piece(bytes)),
    (bytes) => {
      const at = place(bytes);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + piece(bytes).length)]);
    },
    (bytes) => bytes.subarray(0, below(bytes.length + 1)),
    // The end of another file behind this one's start.
    (bytes) => {
      const other = pick(others);
      return Buffer.concat([bytes.subarray(0, place(bytes)), other.subarray(below(other.length))]);
    },
    (bytes) =>
      tokens.length === 0 ? bytes : (random() < 0.5 ? insert : overwrite)(bytes, place(bytes), Buffer.from(pick(tokens), 'latin1')),
  ];
  let bytes = Buffer.from(file);
  for (let left = 1 + below(5); left > 0; left--) bytes = pick(changes)(bytes);
  return bytes;
}
