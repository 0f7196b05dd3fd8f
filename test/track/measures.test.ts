import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { randomFrom } from '../../src/base/random.ts';
import { mean } from '../../src/base/statistics.ts';
import type { Landmark } from '../../src/base/types.ts';
import { readList } from '../../src/files/read-list.ts';
import { headPose } from '../../src/track/head-pose.ts';
import { MEAN_HEAD } from '../../src/track/mean-head.ts';
import { faceMeasures, type FaceMeasures } from '../../src/track/measures.ts';
import { hasShared, inShared } from '../golden/shared.ts';
import { FOCAL_LENGTH, PICTURE, see, type Seen } from './heads.ts';

/** The mean head with some points lower, by units of the head. */
function headWith(lower: Record<number, number>): Float64Array {
  return MEAN_HEAD.points.map((value, i) => (i % 3 === 1 ? value + (lower[Math.floor(i / 3)] ?? 0) : value));
}

/** Lower lid as high as upper lid. */
const shut = (upper: number, lower: number) => MEAN_HEAD.points[3 * upper + 1] - MEAN_HEAD.points[3 * lower + 1];
const LEFT_SHUT = headWith({ 47: shut(43, 47), 46: shut(44, 46) });
const MOUTH_OPEN = headWith({ 8: 0.3, 56: 0.3, 57: 0.3, 58: 0.3, 65: 0.3, 66: 0.3, 67: 0.3 });

function measuresOf(seen: Seen): FaceMeasures {
  const landmarks = see(seen, randomFrom(1));
  return faceMeasures(landmarks, headPose(landmarks, PICTURE, { focalLength: FOCAL_LENGTH }));
}

const FRONTAL = { yaw: 0, pitch: 0, roll: 0 };
const POSES: Omit<Seen, 'head'>[] = [-40, -20, 20, 40].flatMap((yaw) =>
  [-20, 20].map((pitch) => ({ yaw, pitch, roll: 30, at: [0.5, 0, 5] as const })),
);

describe.each([
  ['as it is', undefined],
  ['with its left eye shut', LEFT_SHUT],
  ['with its mouth open', MOUTH_OPEN],
])('a head %s', (_, head = MEAN_HEAD.points) => {
  it('measures the same from everywhere', () => {
    const { eyes, mouth } = measuresOf({ ...FRONTAL, head });
    for (const pose of POSES) {
      const turned = measuresOf({ ...pose, head });
      expect(Math.abs(turned.eyes.left - eyes.left)).toBeLessThan(0.025);
      expect(Math.abs(turned.eyes.right - eyes.right)).toBeLessThan(0.025);
      expect(Math.abs(turned.mouth.open - mouth.open)).toBeLessThan(0.025);
      expect(Math.abs(turned.mouth.width - mouth.width)).toBeLessThan(0.025);
    }
  });
});

it('eyes are open or shut, each by itself', () => {
  const [open, leftShut] = [measuresOf({ ...FRONTAL }), measuresOf({ ...FRONTAL, head: LEFT_SHUT })];
  expect(open.eyes.left).toBeCloseTo(0.3, 1);
  expect(open.eyes.right).toBeCloseTo(open.eyes.left, 3);
  expect(leftShut.eyes.left).toBeLessThan(0.01);
  expect(leftShut.eyes.right).toBeCloseTo(open.eyes.right, 2);
});

it('a mouth that opens by 0.3 is that much more open, and as wide', () => {
  const [closed, open] = [measuresOf({ ...FRONTAL }), measuresOf({ ...FRONTAL, head: MOUTH_OPEN })];
  expect(open.mouth.open - closed.mouth.open).toBeCloseTo(0.3, 1);
  expect(open.mouth.width).toBeCloseTo(closed.mouth.width, 1);
  expect(open.eyes.left).toBeCloseTo(closed.eyes.left, 1);
});

it('68 landmarks have no pupils', () => expect(measuresOf(FRONTAL)).not.toHaveProperty('gaze'));

it.each<[string, unknown, unknown]>([
  ['no landmarks', [], undefined],
  ['no pose', undefined, { yaw: 1 }],
  ['a pose without numbers', undefined, { matrix: ['1'], camera: { focalLength: 1, x: 0, y: 0 } }],
])('%s: refused', (_, landmarks = see(FRONTAL, randomFrom(1)), pose = headPose(see(FRONTAL, randomFrom(1)), PICTURE)) => {
  expect(() => faceMeasures(landmarks as Landmark[], pose as ReturnType<typeof headPose>)).toThrow(ArgumentError);
});

describe.skipIf(!hasShared)('labelled photographs (skipped without them)', async () => {
  const facesOf = async (list: string): Promise<Landmark[][]> =>
    (await readList(fileURLToPath(inShared(`data/300w/${list}`)))).map(({ points }) =>
      Array.from({ length: points.length / 2 }, (_, i) => ({ x: points[2 * i], y: points[2 * i + 1], score: 0.7 })),
    );
  const [faces, faces98] = hasShared ? [await facesOf('val.txt'), await facesOf('val98.txt')] : [[], []];
  const measured = (face: Landmark[]) => faceMeasures(face, headPose(face, { width: 384, height: 384 }));

  it('98 landmarks measure what 68 do', () => {
    const both = faces.map((face, i) => [measured(face), measured(faces98[i])]);
    const differenceOf = (value: (of: FaceMeasures) => number) => mean(both.map(([a, b]) => Math.abs(value(a) - value(b))));
    expect(differenceOf(({ eyes }) => eyes.left)).toBeLessThan(0.04);
    expect(differenceOf(({ eyes }) => eyes.right)).toBeLessThan(0.04);
    expect(differenceOf(({ mouth }) => mouth.open)).toBeLessThan(0.01);
    expect(differenceOf(({ mouth }) => mouth.width)).toBeLessThan(0.01);
  });

  it('pupils that move a tenth of an eye to the right are looking there', () => {
    for (const face of faces98.slice(0, 20)) {
      const width = face[64].x - face[60].x;
      const moved = face.map((point, i) => (i >= 96 ? { ...point, x: point.x + width / 10 } : point));
      expect(Math.abs(measured(moved).gaze!.x - measured(face).gaze!.x - 0.1)).toBeLessThan(0.03);
    }
  });
});
