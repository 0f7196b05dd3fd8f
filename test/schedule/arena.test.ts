import { expect, it } from 'vitest';
import { planArena, type Block } from '../../src/engine/arena.ts';
import { mulberry32 } from '../reference/random.ts';

it.each(Array.from({ length: 50 }, (_, seed) => seed))('blocks alive at the same time do not overlap (seed %i)', (seed) => {
  const random = mulberry32(seed);
  const blocks = Array.from({ length: 40 }, (): Block => {
    const first = Math.floor(20 * random());
    return { bytes: Math.ceil(5000 * random()), first, last: first + Math.floor(5 * random()) };
  });
  const { offsets, bytes } = planArena(blocks);
  blocks.forEach((a, i) => {
    expect(offsets[i] + a.bytes).toBeLessThanOrEqual(bytes);
    blocks.forEach((b, j) => {
      if (i < j && a.first <= b.last && b.first <= a.last) {
        expect(offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i]).toBe(true);
      }
    });
  });
  const alive = (step: number) => blocks.reduce((sum, block) => sum + (block.first <= step && step <= block.last ? block.bytes : 0), 0);
  const peak = Math.max(...Array.from({ length: 25 }, (_, step) => alive(step)));
  expect(bytes).toBeGreaterThanOrEqual(peak);
  expect(bytes).toBeLessThan(1.5 * peak + 64 * blocks.length);
});
