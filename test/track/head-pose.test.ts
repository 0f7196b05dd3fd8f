import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { knownFlipTable } from '../../src/augment/flip-table.ts';
import { ArgumentError } from '../../src/base/errors.ts';
import { randomFrom } from '../../src/base/random.ts';
import { mean } from '../../src/base/statistics.ts';
import type { Landmark } from '../../src/base/types.ts';
import { readList } from '../../src/files/read-list.ts';
import { headPose } from '../../src/track/head-pose.ts';
import { hasShared, inShared } from '../golden/shared.ts';
import { FOCAL_LENGTH, PICTURE, see, type Angles, type Seen } from './heads.ts';

const PITCHES = [-30, -15, 0, 15, 30];
const ROLLS = [-170, -40, 0, 25, 90];
const anglesOf = (...yaws: number[]): Angles[] =>
  yaws.flatMap((yaw) => PITCHES.flatMap((pitch) => ROLLS.map((roll) => ({ yaw, pitch, roll }))));
const UP_TO_45 = anglesOf(-45, -30, -15, 0, 15, 30, 45);
const AT_60 = anglesOf(-60, 60);

/** The largest of the angles' errors, in degrees. */
function difference(a: Angles, b: Angles): number {
  return Math.max(...(['yaw', 'pitch', 'roll'] as const).map((angle) => Math.abs(((a[angle] - b[angle] + 540) % 360) - 180)));
}

/** Of heads that are seen so, on average; the camera is known. */
function meanError(angles: readonly Angles[], how: Omit<Seen, keyof Angles>): number {
  return mean(
    angles.map((each, i) => difference(headPose(see({ ...each, ...how }, randomFrom(i)), PICTURE, { focalLength: FOCAL_LENGTH }), each)),
  );
}

describe.each([
  ['in the middle', [0, 0, 8]],
  ['in a corner', [2, -1.5, 6]],
  ['so near that it fills the picture', [-0.1, -0.3, 2.5]],
] as const)('a head %s', (_, at) => {
  it('has the pose that the camera saw', () => expect(meanError([...UP_TO_45, ...AT_60], { at })).toBeLessThan(0.02));
  it('of landmarks that are 3 % off: 1 degree', () => {
    expect(meanError(UP_TO_45, { at, noise: 0.03 })).toBeLessThan(1.2);
    expect(meanError(AT_60, { at, noise: 0.03 })).toBeLessThan(1.5);
  });
  it('of which a fifth are anywhere: 2 degrees', () => {
    expect(meanError(UP_TO_45, { at, noise: 0.03, wrong: 0.2 })).toBeLessThan(2);
    expect(meanError(AT_60, { at, noise: 0.03, wrong: 0.2 })).toBeLessThan(2.5);
  });
});

it('the matrix takes points of the head to where they are seen', () => {
  const landmarks = see({ yaw: 20, pitch: -10, roll: 5, at: [1, 0.5, 7] }, randomFrom(1));
  const { matrix, camera } = headPose(landmarks, PICTURE, { focalLength: FOCAL_LENGTH });
  const shown = ([x, y, z]: number[]) => {
    const [a, b, c] = [0, 4, 8].map((row) => matrix[row] * x + matrix[row + 1] * y + matrix[row + 2] * z + matrix[row + 3]);
    return [camera.x + (camera.focalLength * a) / c, camera.y + (camera.focalLength * b) / c];
  };
  const [right, left] = [shown([-0.5, 0, 0]), shown([0.5, 0, 0])];
  expect(Math.hypot(right[0] - landmarks[36].x, right[1] - landmarks[36].y)).toBeLessThan(0.1);
  expect(Math.hypot(left[0] - landmarks[45].x, left[1] - landmarks[45].y)).toBeLessThan(0.1);
});

it('another focal length is another distance, and nearly the same angles', () => {
  for (const each of UP_TO_45) {
    const landmarks = see(each, randomFrom(1));
    const [near, far] = [0.8, 2].map((share) => headPose(landmarks, PICTURE, { focalLength: share * PICTURE.width }));
    expect(far.matrix[11] / near.matrix[11]).toBeGreaterThan(2);
    expect(difference(near, each)).toBeLessThan(5);
    expect(difference(far, each)).toBeLessThan(5);
  }
});

it('landmarks that are unsure count less', () => {
  const truth = { yaw: 25, pitch: 0, roll: 0 };
  // The jaw lies a third of the eyes' distance too low: a mask.
  const masked = see(truth, randomFrom(1)).map((landmark, i) => (i < 17 ? { ...landmark, y: landmark.y + 32 } : landmark));
  const unsure = masked.map((landmark, i) => (i < 17 ? { ...landmark, score: 0.1 } : landmark));
  expect(difference(headPose(unsure, PICTURE), truth)).toBeLessThan(difference(headPose(masked, PICTURE), truth));
});

it('from the pose of the frame before the same pose is found', () => {
  const before = headPose(see({ yaw: 20, pitch: 5, roll: 0, noise: 0.03 }, randomFrom(1)), PICTURE);
  const landmarks = see({ yaw: 28, pitch: 0, roll: 6, noise: 0.03 }, randomFrom(2));
  expect(difference(headPose(landmarks, PICTURE, { from: before }), headPose(landmarks, PICTURE))).toBeLessThan(0.1);
});

it.each<[string, unknown, unknown?, unknown?]>([
  ['no list', 'landmarks'],
  ['another scheme', see({ yaw: 0, pitch: 0, roll: 0 }, randomFrom(1)).slice(0, 5)],
  ['all in one place', Array.from({ length: 68 }, () => ({ x: 100, y: 100, score: 1 }))],
  ['too far away', Array.from({ length: 68 }, (_, i) => ({ x: i * 1e306, y: -i * 1e306, score: 1 }))],
  ['no picture', undefined, 640],
  ['a focal length of 0', undefined, undefined, { focalLength: 0 }],
  ['no matrix', undefined, undefined, { from: { matrix: [1, 2, 3] } }],
])('%s is refused', (_, landmarks = see({ yaw: 0, pitch: 0, roll: 0 }, randomFrom(1)), picture = PICTURE, options = {}) => {
  expect(() => headPose(landmarks as Landmark[], picture as typeof PICTURE, options as object)).toThrow(ArgumentError);
});

describe.skipIf(!hasShared)('labelled photographs (skipped without them)', async () => {
  const read = async (list: string) => (await readList(fileURLToPath(inShared(`data/300w/${list}`)))).map(({ points }) => points);
  const [faces, faces98] = hasShared ? [await read('val.txt'), await read('val98.txt')] : [[], []];
  const SIDE = 384;
  const toLandmarks = (points: Float64Array): Landmark[] =>
    Array.from({ length: points.length / 2 }, (_, i) => ({ x: points[2 * i], y: points[2 * i + 1], score: 0.7 }));
  const poseOf = (landmarks: Landmark[]) => headPose(landmarks, { width: SIDE, height: SIDE });

  it('98 landmarks say what 68 say', () => {
    const differences = faces.map((points, i) => difference(poseOf(toLandmarks(points)), poseOf(toLandmarks(faces98[i]))));
    expect(mean(differences)).toBeLessThan(0.5);
    expect(Math.max(...differences)).toBeLessThan(2);
  });

  it('a mirrored face looks the other way', () => {
    const partners = knownFlipTable(68)!;
    for (const face of faces) {
      const landmarks = toLandmarks(face);
      const { yaw, pitch, roll } = poseOf(landmarks);
      const mirrored = poseOf(partners.map((i) => ({ ...landmarks[i], x: SIDE - landmarks[i].x })));
      expect(difference(mirrored, { yaw: -yaw, pitch, roll: -roll })).toBeLessThan(0.5);
    }
  });
});
