/** Curves that all of our drawings are made of. */

import type { Point } from '../base/types.ts';

/** A point, then for each cubic Bézier piece its two controls and its end. */
export type Curve = readonly Point[];

/** A smooth curve through the points (Catmull-Rom). */
export function smooth(points: readonly Point[], closed = false): Curve {
  const at = (i: number) => points[closed ? (i + points.length) % points.length : Math.max(0, Math.min(points.length - 1, i))];
  const curve: Point[] = [points[0]];
  for (let i = 0; i < points.length - (closed ? 0 : 1); i++) {
    const [before, from, to, after] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    curve.push(
      { x: from.x + (to.x - before.x) / 6, y: from.y + (to.y - before.y) / 6 },
      { x: to.x - (after.x - from.x) / 6, y: to.y - (after.y - from.y) / 6 },
      to,
    );
  }
  return curve;
}

/** Straight lines from point to point. */
export function straight(points: readonly Point[]): Curve {
  return points.flatMap((to, i) => (i === 0 ? [to] : [points[i - 1], to, to]));
}

/**
 * A closed line along corners, each rounded.
 *
 * @param radius at most half of the shortest side
 */
export function rounded(corners: readonly Point[], radius: number): Curve {
  const towards = (from: Point, to: Point): Point => {
    const share = radius / Math.hypot(to.x - from.x, to.y - from.y);
    return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
  };
  const curve: Point[] = [];
  corners.forEach((corner, i) => {
    const before = towards(corner, corners.at(i - 1)!);
    const after = towards(corner, corners[(i + 1) % corners.length]);
    const last = curve.at(-1);
    curve.push(...(last ? [last, before] : []), before, corner, corner, after);
  });
  return [...curve, curve.at(-1)!, curve[0], curve[0]];
}
