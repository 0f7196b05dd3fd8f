import type { Box, Pixels } from './types.ts';

/** The area that two boxes have in common, in square pixels. */
export function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/** The box of a whole picture. */
export const wholeOf = ({ width, height }: Pick<Pixels, 'width' | 'height'>): Box => ({ x: 0, y: 0, width, height });
