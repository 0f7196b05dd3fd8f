import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { schemeFor } from '../../src/evaluate/scheme.ts';

test.each([
  [29, [8, 9], { brows: 8, eyes: 10, nose: 4, mouth: 6, chin: 1 }],
  [68, [36, 45], { jaw: 17, brows: 10, nose: 9, eyes: 12, mouth: 20 }],
  [98, [60, 72], { contour: 33, brows: 18, nose: 9, eyes: 18, mouth: 20 }],
])('%i landmarks: the groups hold each landmark once', (landmarks, eyes, sizes) => {
  const scheme = schemeFor(landmarks);
  expect(scheme.eyes).toEqual(eyes);
  expect(Object.fromEntries(Object.entries(scheme.groups).map(([group, indices]) => [group, indices.length]))).toEqual(sizes);
  const all = Object.values(scheme.groups)
    .flat()
    .sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: landmarks }, (_, i) => i));
  for (const eye of scheme.eyes) expect(scheme.groups.eyes).toContain(eye);
});

test('the pupils of WFLW belong to the eyes', () => {
  expect(schemeFor(98).groups.eyes.slice(-2)).toEqual([96, 97]);
});

test('a pair of eye corners serves any count, and goes before the usual pair', () => {
  expect(schemeFor(5, [0, 1])).toEqual({ landmarks: 5, eyes: [0, 1], groups: {} });
  expect(schemeFor(68, [39, 42]).eyes).toEqual([39, 42]);
  expect(Object.values(schemeFor(19, [6, 11]).groups).flat()).toHaveLength(19);
});

test.each([
  [5, undefined, /^5 landmarks .*--eyes i,j/],
  [19, undefined, /AFLW.*--eyes i,j/],
  [68, [36, 68], /36,68/],
  [68, [36, 36], /36,36/],
  [68, [-1, 45], /-1,45/],
  [68, [0.5, 45], /0\.5,45/],
] as const)('%i landmarks with eyes %j are refused', (landmarks, eyes, message) => {
  expect(() => schemeFor(landmarks, eyes)).toThrow(ArgumentError);
  expect(() => schemeFor(landmarks, eyes)).toThrow(message);
});
