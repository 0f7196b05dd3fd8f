/** Random numbers that every machine and every run draws alike, and the weights and inputs of the golden outputs. */

/** Tommy Ettinger's generator of 32 bits of state; each call gives the next float in [0, 1). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 32-bit FNV-1a hash of the UTF-8 text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** `length` floats in [low, high). */
export function uniform(random: () => number, length: number, low = -1, high = 1): Float32Array {
  return Float32Array.from({ length }, () => low + (high - low) * random());
}

/**
 * The tensor of that name for which the golden outputs were made, its elements in C order; the input picture has the
 * name `input` and the order NCHW.
 */
export function goldenTensor(name: string, shape: number[]): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1);
  const random = mulberry32(fnv1a(name));
  const value = goldenRule(name, shape, length / shape[0]);
  return Float32Array.from({ length }, () => value(random()));
}

/** Maps a float in [0, 1) to an element. */
function goldenRule(name: string, shape: number[], fanIn: number): (u: number) => number {
  if (name === 'input') return (u) => (2 * u - 1) * 2;
  if (shape.length >= 2) return (u) => (2 * u - 1) * Math.sqrt(6 / fanIn);
  if (name.endsWith('.running_var')) return (u) => 0.5 + u;
  if (name.endsWith('.weight')) return (u) => 0.3 + 0.4 * u;
  return (u) => (2 * u - 1) * 0.1;
}
