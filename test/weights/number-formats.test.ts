import { describe, expect, it } from 'vitest';
import { decodeFloat16, encodeFloat16 } from '../../src/weights/float16.ts';
import { decodeInt8, encodeInt8 } from '../../src/weights/int8.ts';
import { mulberry32, uniform } from '../reference/random.ts';

const encode = (value: number) => encodeFloat16(Float32Array.of(value))[0];
const decode = (bits: number) => decodeFloat16(Uint16Array.of(bits))[0];

/** The half nearest to a value, ties to the even one, by looking at all of them. */
const positiveHalves = Array.from({ length: 0x7c00 }, (_, bits) => decode(bits));
function nearestHalf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return Math.sign(value) * Infinity;
  let low = 0;
  for (let high = positiveHalves.length; high - low > 1; ) {
    const middle = (low + high) >> 1;
    if (positiveHalves[middle] <= magnitude) low = middle;
    else high = middle;
  }
  const above = low + 1 === positiveHalves.length ? 65536 : positiveHalves[low + 1];
  const [down, up] = [magnitude - positiveHalves[low], above - magnitude];
  const bits = down < up || (down === up && low % 2 === 0) ? low : low + 1;
  return Math.sign(value) * positiveHalves[bits];
}

describe('float16', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1 / 3, 0x3555],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
  ])('%f and the bits %i', (value, bits) => {
    expect(encode(value)).toBe(bits);
    if (value !== 1 / 3) expect(decode(bits)).toBe(value);
  });

  it.each([
    ['just under the middle to infinity', 65519.996, 0x7bff],
    ['the middle to infinity', 65520, 0x7c00],
    ['far beyond', 1e38, 0x7c00],
    ['half the least subnormal, a tie to zero', 2 ** -25, 0],
    ['just above that', 2 ** -25 * (1 + 2 ** -23), 1],
    ['a tie to the even subnormal', 3 * 2 ** -25, 2],
    ['the largest subnormal rounds up to the least normal', 2 ** -14 - 2 ** -26, 0x0400],
    ['a tie to even, down', 1 + 2 ** -11, 0x3c00],
    ['a tie to even, up', 1 + 3 * 2 ** -11, 0x3c02],
  ])('%s', (_, value, bits) => {
    expect(encode(value)).toBe(bits);
    expect(encode(-value)).toBe(bits | 0x8000);
  });

  it('keeps NaN', () => {
    expect(decode(encode(NaN))).toBeNaN();
    expect(decode(0x7c01)).toBeNaN();
  });

  it('every half survives the way through float32', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => (bits & 0x7fff) <= 0x7c00);
    expect(encodeFloat16(decodeFloat16(all))).toEqual(all);
  });

  it('rounds random floats of all magnitudes to the nearest half', () => {
    const random = mulberry32(1);
    const values = Float32Array.from({ length: 20000 }, () => (2 * random() - 1) * 2 ** (45 * random() - 28));
    const rounded = decodeFloat16(encodeFloat16(values));
    expect(rounded.every((value, i) => value === nearestHalf(values[i]))).toBe(true);
  });

  it('does 4 million values in far less than the 50 ms that loading a model may take', () => {
    const values = uniform(mulberry32(2), 4e6);
    const start = performance.now();
    decodeFloat16(encodeFloat16(values));
    // Both ways take 30 ms; the rest is for busy machines.
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('int8', () => {
  it('errs by at most half a scale, the largest magnitude of a channel being 127 scales', () => {
    const values = uniform(mulberry32(3), 8 * 27, -3, 3);
    const { integers, scales } = encodeInt8(values, 8);
    const decoded = decodeInt8(integers, scales);
    for (let channel = 0; channel < 8; channel++) {
      const [start, end] = [channel * 27, (channel + 1) * 27];
      const largest = values.subarray(start, end).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      expect(scales[channel]).toBe(Math.fround(largest / 127));
      for (let i = start; i < end; i++) expect(Math.abs(decoded[i] - values[i])).toBeLessThanOrEqual((largest / 254) * 1.0001);
    }
  });

  it.each([
    ['zeros', [0, 0, 0, 0]],
    ['numbers too small for a scale', [1e-45, -1e-45, 0, 0]],
  ])('a channel of %s comes back as zeros', (_, values) => {
    const { integers, scales } = encodeInt8(Float32Array.from(values), 2);
    expect([...decodeInt8(integers, scales)].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });
});
