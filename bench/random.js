/** `length` floats in [-bound, bound), the same for the same name everywhere: xorshift32, seeded with the name's FNV-1a hash. */
export function uniform(name, length, bound) {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193);
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state / 2 ** 31) * bound;
  });
}
