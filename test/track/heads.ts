// Heads as a camera sees them, at poses that are known.
import { toRadians } from '../../src/base/affine.ts';
import type { Random } from '../../src/base/random.ts';
import type { Landmark } from '../../src/base/types.ts';
import { MEAN_HEAD } from '../../src/track/mean-head.ts';

export const PICTURE = { width: 640, height: 480 };
/** The camera's, in pixels. */
export const FOCAL_LENGTH = 768;

export interface Angles {
  yaw: number;
  pitch: number;
  roll: number;
}

export interface Seen extends Angles {
  /** Of 68 points, x y z each; by default the mean head. */
  head?: Float64Array;
  /** Where the head is, in its units. */
  at?: readonly [number, number, number];
  /** Standard deviation of the landmarks' error, in units of the head. */
  noise?: number;
  /** Share of landmarks that are anywhere on the face. */
  wrong?: number;
}

/**
 * A head's landmarks. Written apart from what it tests: the head is nodded, turned, tilted and shifted, one after the
 * other, as the angles are told to users.
 */
export function see({ yaw, pitch, roll, head = MEAN_HEAD.points, at = [0, 0, 8], noise = 0, wrong = 0 }: Seen, random: Random): Landmark[] {
  return Array.from({ length: 68 }, (_, i) => {
    let [x, y, z] = head.subarray(3 * i, 3 * i + 3);
    const stray = () => noise * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    // Looking up brings the chin, which is below (y > 0), to the front (z < 0).
    [y, z] = turn(y, z, -pitch);
    // Looking to the picture's right brings the nose, which is in front (z < 0), to the right (x > 0).
    [z, x] = turn(z, x, -yaw);
    // Clockwise, the side on the right (x > 0) goes down (y > 0).
    [x, y] = turn(x, y, roll);
    const [dx, dy] = random() < wrong ? [1.6 * (random() - 0.5), 1.6 * (random() - 0.5)] : [stray(), stray()];
    const scale = FOCAL_LENGTH / (z + at[2]);
    return { x: PICTURE.width / 2 + scale * (x + at[0] + dx), y: PICTURE.height / 2 + scale * (y + at[1] + dy), score: 0.7 };
  });
}

/** Turns the first axis towards the second. */
function turn(a: number, b: number, degrees: number): [number, number] {
  const [cos, sin] = [Math.cos(toRadians(degrees)), Math.sin(toRadians(degrees))];
  return [cos * a - sin * b, sin * a + cos * b];
}
