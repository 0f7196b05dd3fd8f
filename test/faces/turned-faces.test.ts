// @module-tag slow
// Faces that lie turned in the picture, by their boxes and by a detector's points. NME of many faces: bench/turned.js.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { turnPoints } from '../../src/base/affine.ts';
import { readImage } from '../../src/runtimes/node/decode.ts';
import { loadPipnet, type Box, type Face, type Landmark, type Pipnet, type ScoredBox } from '../../src/runtimes/node/index.ts';
import { hasShared, inShared } from '../golden/shared.ts';
import { boundsOf, paste, turn, turnBox, type LabelledFace, type Point } from './paste.ts';

const ANGLES = Array.from({ length: 24 }, (_, i) => 15 * i - 180);
const SIDE = 320;

let pipnet: Pipnet;
/** Finds what it is told to. */
let own: Pipnet;
let found: ScoredBox;
/** Upright, with the landmarks that are read there. */
let portrait: LabelledFace;
let box: Box;
let roll: number;
beforeAll(async () => {
  pipnet = await loadPipnet();
  own = await loadPipnet({ detector: { detect: () => [found] } });
  const pixels = await readImage(new URL('../images/grace-hopper.jpg', import.meta.url));
  const [whole] = await pipnet.detect(pixels);
  portrait = paste({ pixels, points: pointsOf(whole.landmarks) }, SIDE, 0.4);
  const [face] = await pipnet.detect(portrait.pixels);
  ({ box, roll } = face);
  portrait = { ...portrait, points: pointsOf(face.landmarks) };
});
afterAll(() => {
  pipnet.dispose();
  own.dispose();
});

function pointsOf(landmarks: Landmark[]): Point[] {
  return landmarks.map(({ x, y }) => [x, y]);
}

/** Mean distance between landmarks and where they should be, in units of the face's height. */
function errorOf({ landmarks }: Face, points: Point[]): number {
  const height = boundsOf(portrait.points).height;
  return landmarks.reduce((sum, { x, y }, i) => sum + Math.hypot(x - points[i][0], y - points[i][1]), 0) / landmarks.length / height;
}

/** Of two angles in degrees. */
function difference(a: number, b: number): number {
  return Math.abs(((((a - b + 180) % 360) + 360) % 360) - 180);
}

describe.each(ANGLES)('turned by %d degrees', (degrees) => {
  it('the box is enough: landmarks as upright, and the angle', async () => {
    const { pixels, points } = turn(portrait, degrees);
    const [face] = await pipnet.detect(pixels, { boxes: [turnBox(box, pixels, degrees)] });
    expect(errorOf(face, points)).toBeLessThan(0.015);
    expect(difference(face.roll, roll + degrees)).toBeLessThan(2);
  });

  it("a detector's points are enough, even where the box says little and landmarks are read once", async () => {
    const { pixels, points } = turn(portrait, degrees);
    const middle = (...of: number[]) => ({
      x: of.reduce((sum, i) => sum + points[i][0], 0) / of.length,
      y: of.reduce((sum, i) => sum + points[i][1], 0) / of.length,
    });
    const five = [middle(36, 39), middle(42, 45), middle(30), middle(48), middle(54)];
    found = { box: turnBox(box, pixels, degrees), score: 0.9, points: five };
    expect(await own.detectBoxes(pixels)).toEqual([found]);
    const [once] = await own.detect(pixels, { refine: false });
    expect(once).toMatchObject(found);
    expect(errorOf(once, points)).toBeLessThan(0.03);
    const [face] = await own.detect(pixels);
    expect(errorOf(face, points)).toBeLessThan(0.015);
    expect(difference(face.roll, roll + degrees)).toBeLessThan(2);
  });
});

it.each(ANGLES.filter((_, i) => i % 3 === 0))(
  'a detector in doubt, whose points are drawn together and misled: %d degrees',
  async (degrees) => {
    const { pixels, points } = turn(portrait, degrees);
    const given = turnBox(box, pixels, degrees);
    const [x, y] = [given.x + given.width / 2, given.y + given.height / 2];
    // An upright face in a tenth of the box, turned by 120 degrees.
    const five = turnPoints([-3, -4, 3, -4, 0, 0, -2, 4, 2, 4], (2 / 3) * Math.PI);
    found = { box: given, score: 0.9, points: [0, 1, 2, 3, 4].map((i) => ({ x: x + five[2 * i], y: y + five[2 * i + 1] })) };
    const [face] = await own.detect(pixels);
    expect(errorOf(face, points)).toBeLessThan(0.015);
    expect(difference(face.roll, roll + degrees)).toBeLessThan(2);
  },
);

it('upright faces have a roll near 0, mirrored ones the opposite', async () => {
  expect(Math.abs(roll)).toBeLessThan(20);
  const { data, width, height } = portrait.pixels;
  const mirrored = data.map((_, i) => data[(Math.floor(i / (3 * width)) * width + width - 1 - (Math.floor(i / 3) % width)) * 3 + (i % 3)]);
  const [face] = await pipnet.detect({ data: mirrored, width, height }, { boxes: [{ ...box, x: width - 1 - box.x - box.width }] });
  expect(difference(face.roll, -roll)).toBeLessThan(4);
});

it.each<[string, Box]>([
  ['mostly outside', { x: -250, y: -280, width: 300, height: 310 }],
  ['tiny', { x: 150, y: 150, width: 3, height: 3 }],
  ['a line', { x: 10, y: 150, width: 300, height: 2 }],
  ['enormous', { x: -1e9, y: -1e9, width: 2e9, height: 2e9 }],
  ['beyond numbers', { x: -Number.MAX_VALUE / 2, y: -Number.MAX_VALUE / 2, width: Number.MAX_VALUE, height: Number.MAX_VALUE }],
])('a box that is %s: as many landmarks, all finite', async (_, given) => {
  for (const degrees of [0, 60, 180]) {
    const [face] = await pipnet.detect(turn(portrait, degrees).pixels, { boxes: [given] });
    expect(face.landmarks).toHaveLength(68);
    expect(face.landmarks.flatMap(({ x, y, score }) => [x, y, score]).every(Number.isFinite)).toBe(true);
    expect(Math.abs(face.roll)).toBeLessThanOrEqual(180);
  }
});

describe.skipIf(!hasShared)('photographs (skipped without them)', () => {
  it.each([
    ['solvay1927.jpg', 29],
    ['1.jpg', 2],
    ['2.jpg', 4],
    ['3.jpg', 4],
    ['astronaut.png', 1],
    ['blur.jpg', 1],
    ['emotion-1.jpg', 1],
    ['emotion-4.jpg', 1],
    ['grace-hopper.jpg', 1],
    ['left-wryneck.png', 1],
    ['mask2.jpg', 1],
    ['right-face.png', 1],
    ['no-face.jpg', 0],
  ])('%s: all of its faces, and nothing else', async (name, count) => {
    expect(await pipnet.detect(inShared(`images/${name}`))).toHaveLength(count);
  });

  it('rot-90.jpg: a face that lies', async () => {
    const faces = await pipnet.detect(inShared('images/rot-90.jpg'));
    expect(faces).toHaveLength(1);
    expect(difference(faces[0].roll, 90)).toBeLessThan(10);
  });

  it('a face that lies in a box without points', async () => {
    const [face] = await pipnet.detect(inShared('images/rot-90.jpg'), { boxes: [{ x: 115, y: 80, width: 190, height: 170 }] });
    expect(difference(face.roll, 90)).toBeLessThan(30);
  });
});
