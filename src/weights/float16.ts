/** IEEE 754 half precision: 1 sign bit, 5 of exponent (bias 15), 10 of mantissa. */

/** Largest finite half; float32 from 65520 on rounds to infinity. */
export const FLOAT16_MAX = 65504;

/** Expands halves, given as their bits; exact. */
export function decodeFloat16(halves: Uint16Array): Float32Array {
  const table = (decoded ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits)));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]];
  return floats;
}

/** Rounds to the nearest half, ties to even; overflow becomes infinity, NaN stays NaN. */
export function encodeFloat16(floats: Float32Array): Uint16Array {
  const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < words.length; i++) {
    const sign = (words[i] >>> 16) & 0x8000;
    halves[i] = sign | magnitudeToHalf(words[i] & 0x7fffffff);
  }
  return halves;
}

/** Every half there is; built at first use. */
let decoded: Float32Array | undefined;

/** The value of one half, given as its bits; exact. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** From the bits of a float32 without its sign to those of the nearest half. */
function magnitudeToHalf(bits: number): number {
  if (bits > 0x7f800000) return 0x7e00;
  // Rounding may carry into the exponent, as it should: 65520 becomes infinity, the largest subnormal the least normal.
  if (bits >= 0x47800000) return 0x7c00;
  if (bits >= 0x38800000) return roundShift(bits - 0x38000000, 13);
  const shift = 126 - (bits >>> 23);
  return shift > 24 ? 0 : roundShift((bits & 0x7fffff) | 0x800000, shift);
}

/** value / 2^shift to the nearest integer, ties to even. */
function roundShift(value: number, shift: number): number {
  return (value + (1 << (shift - 1)) - 1 + ((value >>> shift) & 1)) >>> shift;
}
