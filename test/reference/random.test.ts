import { expect, test } from 'vitest';
import { fnv1a, goldenTensor, mulberry32, uniform } from './random.ts';

/** Test vectors of the hash's authors (RFC 9923, appendix C). */
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('fnv1a of "%s"', (text, hash) => expect(fnv1a(text)).toBe(hash));

test('the generator of the golden input', () => {
  const random = mulberry32(fnv1a('input'));
  expect([random(), random(), random()].map((u) => u.toFixed(8))).toEqual(['0.98036012', '0.79236961', '0.62917011']);
});

test.each([
  ['input', [1, 3, 4, 4], -2, 2],
  ['conv1.weight', [8, 6, 1, 1], -1, 1],
  ['bn1.running_var', [100], 0.5, 1.5],
  ['bn1.weight', [100], 0.3, 0.7],
  ['bn1.running_mean', [100], -0.1, 0.1],
  ['cls_layer.bias', [100], -0.1, 0.1],
])('golden tensor %s %j lies in %f .. %f', (name, shape, low, high) => {
  const random = mulberry32(fnv1a(name));
  const values = goldenTensor(name, shape);
  expect(values).toHaveLength(shape.reduce((a, b) => a * b));
  const expected = uniform(random, values.length, low, high);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6));
});
