import { rollOf, type LabelledFace } from '../base/detection.ts';
import { DataError } from '../base/errors.ts';
import { fivePointsOf } from '../base/face-parts.ts';

const LANDMARKS = 68;

/** Of a face turned aside the eyes come together, its length stays: neither distance counts for less than this share of the other. */
const LEAST_EYES = 0.8;
const LEAST_LENGTH = 0.75;

/** Box in sums of the distances eye to eye and eyes to mouth, and how far its centre lies above the middle of eyes and mouth. */
const WIDTH = 1.086;
const HEIGHT = 1.439;
const RISE = 0.088;

/**
 * The face that 68 landmarks are of, as a detector is to see it. Points are the means of each eye's landmarks, the tip of
 * the nose and the corners of the mouth. The box is fitted to YuNet's (Wu et al. 2023) of the same faces: in the face's own
 * frame it is 1.086 s wide and 1.439 s high, where s is the distance of the eyes and of eyes and mouth together; its
 * centre lies halfway between the middle of eyes and mouth and the middle of all landmarks, and 0.088 s higher. At the
 * roll r it has w cos² r + h sin² r columns and h cos² r + w sin² r rows, as in augment/scene.ts.
 *
 * @param landmarks x y x y ..., in pixels
 * @param source where they stand, for messages
 * @throws DataError for any other number of landmarks
 */
export function faceOfLandmarks(landmarks: ArrayLike<number>, source: string): LabelledFace {
  if (landmarks.length !== 2 * LANDMARKS) {
    throw new DataError(
      `${source}: ${landmarks.length / 2} landmarks: boxes are known of ${LANDMARKS} only, give other faces as JSON with box and five points`,
    );
  }
  const places = Array.from({ length: LANDMARKS }, (_, i) => ({ x: landmarks[2 * i], y: landmarks[2 * i + 1] }));
  const points = fivePointsOf(places)!.flatMap(({ x, y }) => [x, y]);
  const [eyes, mouth] = [0, 6].map((at) => ({ x: (points[at] + points[at + 2]) / 2, y: (points[at + 1] + points[at + 3]) / 2 }));
  const length = Math.hypot(mouth.x - eyes.x, mouth.y - eyes.y);
  const between = Math.max(Math.hypot(points[2] - points[0], points[3] - points[1]), LEAST_EYES * length);
  const side = between + Math.max(length, LEAST_LENGTH * between);

  const roll = rollOf(points);
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const across = places.map(({ x, y }) => x * cos + y * sin);
  const middle = { x: (eyes.x + mouth.x) / 2, y: (eyes.y + mouth.y) / 2 };
  const u = ((Math.min(...across) + Math.max(...across)) / 2 + middle.x * cos + middle.y * sin) / 2;
  const v = middle.y * cos - middle.x * sin - RISE * side;
  const upright = cos * cos;
  const width = side * (WIDTH * upright + HEIGHT * (1 - upright));
  const height = side * (HEIGHT * upright + WIDTH * (1 - upright));
  return {
    box: { x: u * cos - v * sin - width / 2, y: u * sin + v * cos - height / 2, width, height },
    points,
    certain: true,
  };
}
