// Faces on templates: where landmarks come to lie, and which pixels are read for it.
import { describe, expect, it, test } from 'vitest';
import { turnPoints } from '../../src/base/affine.ts';
import { ArgumentError, ImageError } from '../../src/base/errors.ts';
import { fivePointsOf, landmarkNames } from '../../src/base/face-parts.ts';
import type { Landmark, Pixels, Point } from '../../src/base/types.ts';
import { FIVE_POINTS } from '../../src/faces/align.ts';
import { alignFace, type AlignTemplate } from '../../src/faces/align-face.ts';
import { drawDots } from '../augment/pictures.ts';

const TEMPLATES: AlignTemplate[] = ['arcface', 'ffhq', 'eyes'];

/** A face of so many landmarks whose five points are these; its jaw hangs below, what else it has lies between them. */
function faceOf(five: readonly number[], landmarks: 68 | 98 = 68): { landmarks: Landmark[] } {
  const [right, left, nose, mouthRight, mouthLeft] = [0, 1, 2, 3, 4].map((i) => ({ x: five[2 * i], y: five[2 * i + 1] }));
  const between = (a: Point, b: Point, share: number) => ({ x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) });
  const middle = between(mouthRight, mouthLeft, 0.5);
  const around = (centre: Point, i: number, count: number) => {
    const [x, y] = turnPoints([3, 0], (2 * Math.PI * i) / count);
    return { x: centre.x + x, y: centre.y + y };
  };
  const lips = landmarkNames(landmarks).filter((name) => name.startsWith('outer_lips')).length;
  const eye = landmarkNames(landmarks).filter((name) => name.startsWith('right_eye')).length;
  const nostril = landmarkNames(landmarks).indexOf('nostrils_1');
  const places = landmarkNames(landmarks).map((name, at): Point => {
    const i = Number(name.match(/\d+$/)![0]) - 1;
    if (name.startsWith('right_eye')) return around(right, i, eye);
    if (name.startsWith('left_eye')) return around(left, i, eye);
    if (name.startsWith('outer_lips')) return i === 0 ? mouthRight : i === lips / 2 ? mouthLeft : middle;
    if (name.startsWith('jaw')) return between(nose, middle, 2);
    return at === nostril - 1 ? nose : between(nose, middle, 0.5);
  });
  return { landmarks: places.map((place) => ({ ...place, score: 1 })) };
}

/** ArcFace's points scaled, turned by degrees, and then shifted. */
function turned(scale: number, degrees: number, x: number, y: number): number[] {
  const points = Array.from(FIVE_POINTS, (value) => scale * value);
  return [...turnPoints(points, (degrees / 180) * Math.PI)].map((value, i) => value + (i % 2 === 0 ? x : y));
}

const flat = (points: readonly Point[]) => points.flatMap(({ x, y }) => [x, y]);
const near = (values: ArrayLike<number>, digits = 6) => Array.from(values, (value) => expect.closeTo(value, digits));

/** A picture of a smooth function of the place. */
const wave = (x: number, y: number) => 128 + 60 * Math.sin(x / 9) + 60 * Math.cos(y / 7 + x / 30);
function paint(width: number, height: number, channels: 3 | 4, value = wave): Pixels {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) data.fill(Math.round(value(i % width, Math.floor(i / width))), i * channels, (i + 1) * channels);
  return { data, width, height };
}
const redAt = ({ data, width }: Pixels, x: number, y: number) => data[4 * (y * width + x)];

describe('arcface', () => {
  it.each([68, 98] as const)('a face of %i landmarks that is the template, turned: its points lie on it', (count) => {
    for (const size of [112, 224, 50]) {
      const face = faceOf(turned(1.7, 35, 120, 40), count);
      const { landmarks, width, height, data } = alignFace(paint(300, 300, 3), face, { size });
      expect([width, height, data.length]).toEqual([size, size, size * size * 4]);
      expect(flat(fivePointsOf(landmarks)!)).toEqual(near(Array.from(FIVE_POINTS, (value) => ((value + 0.5) * size) / 112 - 0.5)));
    }
  });

  it('of another shape the points lie as near as a similarity can bring them', () => {
    const five = turned(1, 10, 50, 50).map((value, i) => value + [4, -3, 0, 5, -6, 2, 3, 1, -2, 4][i]);
    const distance = (points: readonly number[]) => points.reduce((sum, value, i) => sum + (value - FIVE_POINTS[i]) ** 2, 0);
    const aligned = flat(fivePointsOf(alignFace(paint(200, 200, 3), faceOf(five)).landmarks)!);
    for (const [scale, degrees, x, y] of [
      [1.01, 0, 0, 0],
      [0.99, 0, 0, 0],
      [1, 1, 0, 0],
      [1, -1, 0, 0],
      [1, 0, 0.5, 0],
      [1, 0, 0, -0.5],
    ]) {
      const other = turnPoints(aligned, (degrees / 180) * Math.PI).map((value, i) => scale * value + (i % 2 === 0 ? x : y));
      expect(distance(aligned)).toBeLessThan(distance([...other]));
    }
  });

  it.each([3, 4] as const)('a known similarity, %i channels: pixels are those of the places they come from', (channels) => {
    const [scale, degrees, x, y] = [1.5, -50, 40, 190];
    const aligned = alignFace(paint(320, 320, channels), faceOf(turned(scale, degrees, x, y)));
    for (let v = 0; v < 112; v += 3)
      for (let u = 0; u < 112; u += 3) {
        const [px, py] = turnPoints([scale * u, scale * v], (degrees / 180) * Math.PI);
        expect(Math.abs(redAt(aligned, u, v) - wave(px + x, py + y))).toBeLessThan(2);
      }
    expect(aligned.data.every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
  });

  it('a large face becomes the mean of its pixels', () => {
    // A chess board of single pixels, on a slope: whoever reads single ones sees black or white.
    const board = paint(1200, 1200, 3, (x, y) => ((x + y) % 2) * (100 + x / 10));
    const aligned = alignFace(board, faceOf(turned(7.3, 20, 350, 20)), { size: 112 });
    for (let v = 4; v < 108; v += 5)
      for (let u = 4; u < 108; u += 5) {
        const [x] = turnPoints([7.3 * u, 7.3 * v], Math.PI / 9);
        expect(Math.abs(redAt(aligned, u, v) - (100 + (x + 350) / 10) / 2)).toBeLessThan(3);
      }
  });
});

test('ffhq: the square that the script of the dataset cuts', () => {
  const face = faceOf(turned(1.3, 25, 90, 30).map((value, i) => value + [2, 1, -3, 4, 0, 0, 5, -2, 1, 3][i]));
  // recreate_aligned_images, with numpy's flipud(v) * [-1, 1] as `side`.
  const at = (first: number, last = first) => {
    const points = face.landmarks.slice(first, last + 1);
    return { x: points.reduce((sum, { x }) => sum + x / points.length, 0), y: points.reduce((sum, { y }) => sum + y / points.length, 0) };
  };
  const add = (a: Point, b: Point, share = 1) => ({ x: a.x + share * b.x, y: a.y + share * b.y });
  const side = ({ x, y }: Point) => ({ x: -y, y: x });
  const [eyeLeft, eyeRight, mouthLeft, mouthRight] = [at(36, 41), at(42, 47), at(48), at(54)];
  const eyes = add(add({ x: 0, y: 0 }, eyeLeft, 0.5), eyeRight, 0.5);
  const eyeToEye = add(eyeRight, eyeLeft, -1);
  const eyeToMouth = add(add(add({ x: 0, y: 0 }, mouthLeft, 0.5), mouthRight, 0.5), eyes, -1);
  let x = add(eyeToEye, side(eyeToMouth), -1);
  const length = Math.max(2 * Math.hypot(eyeToEye.x, eyeToEye.y), 1.8 * Math.hypot(eyeToMouth.x, eyeToMouth.y)) / Math.hypot(x.x, x.y);
  x = { x: length * x.x, y: length * x.y };
  const y = side(x);
  const centre = add(eyes, eyeToMouth, 0.1);
  const corners = [add(add(centre, x, -1), y, -1), add(add(centre, x, -1), y), add(add(centre, x), y)];
  // The quad's corners, as landmarks, lie on the corners of the crop.
  face.landmarks.splice(0, 3, ...corners.map((corner) => ({ ...corner, score: 1 })));
  const { landmarks, width } = alignFace(paint(300, 300, 3), face, { template: 'ffhq' });
  expect(width).toBe(256);
  expect(flat(landmarks.slice(0, 3))).toEqual(near([-0.5, -0.5, -0.5, 255.5, 255.5, 255.5]));
});

test('eyes: level, and all landmarks as far from the edge as the margin says', () => {
  const face = faceOf(turned(1.3, 70, 260, 30));
  const { landmarks, width } = alignFace(paint(400, 400, 3), face, { template: 'eyes', margin: 0.5, size: 200 });
  const [right, left] = fivePointsOf(landmarks)!;
  expect(right.y).toBeCloseTo(left.y);
  expect(right.x).toBeLessThan(left.x);
  const edges = flat(landmarks).map((value) => Math.min(value + 0.5, width - 0.5 - value));
  expect(Math.min(...edges)).toBeCloseTo(200 / 4);
});

describe.each(TEMPLATES)('%s', (template) => {
  it.each([0, 90, 180, -120])('a face turned by %i degrees comes out upright, with what its picture shows', (degrees) => {
    const [x, y] = turnPoints([-84, -84], (degrees / 180) * Math.PI);
    const face = faceOf(turned(1.5, degrees, 200 + x, 200 + y));
    const five = fivePointsOf(face.landmarks)!;
    const picture = drawDots(400, 400, Float64Array.from(flat(five)), 4);
    const aligned = alignFace(picture, face, { template, size: 128 });
    const points = fivePointsOf(aligned.landmarks)!;
    expect(points[0].x).toBeLessThan(points[1].x);
    expect(Math.abs(points[0].y - points[1].y)).toBeLessThan(1);
    expect(points[3].y).toBeGreaterThan(points[2].y);
    // A dot at each point, as bright as in the picture.
    for (const [i, { x, y }] of points.entries()) {
      const place = picture.data[3 * (Math.round(five[i].y) * picture.width + Math.round(five[i].x))];
      expect(Math.abs(redAt(aligned, Math.round(x), Math.round(y)) - place)).toBeLessThan(0.15 * place);
    }
  });

  it('is black outside of the picture, however the face is scaled', () => {
    // The picture ends in the middle of the face.
    for (const scale of [0.3, 1, 9]) {
      const white = paint(Math.round(56 * scale), Math.round(150 * scale), 3, () => 255);
      const aligned = alignFace(white, faceOf(turned(scale, 0, 0, 0)), { template, size: 112 });
      expect(redAt(aligned, 45, 60)).toBe(255);
      expect(redAt(aligned, 65, 60)).toBe(0);
    }
  });
});

test('five points of a detector do where landmarks have no names', () => {
  const five = turned(1, 10, 50, 50);
  const points = [0, 1, 2, 3, 4].map((i) => ({ x: five[2 * i], y: five[2 * i + 1] }));
  const { landmarks } = alignFace(paint(200, 200, 3), { landmarks: [{ ...points[2], score: 0.5 }], points });
  expect(landmarks).toEqual([{ x: expect.closeTo(FIVE_POINTS[4]), y: expect.closeTo(FIVE_POINTS[5]), score: 0.5 }]);
});

describe('one error', () => {
  const picture = paint(20, 20, 3);
  const face = faceOf(turned(1, 0, 0, 0));
  const place = { x: 5, y: 5, score: 1 };
  it.each<[string, unknown, unknown, unknown, RegExp]>([
    ['no pixels', {}, face, {}, /picture/],
    ['no landmarks', picture, {}, {}, /face\.landmarks undefined is not a list/],
    [
      'a landmark that is none',
      picture,
      { landmarks: [{ x: NaN, y: 0, score: 1 }] },
      {},
      /face\.landmarks\[0\]\.x NaN is not a finite number/,
    ],
    ['landmarks without names', picture, { landmarks: [place, place] }, {}, /face has 2 landmarks, .*: give its five points$/],
    ['one place', picture, { landmarks: Array.from({ length: 68 }, () => place) }, {}, /face can't be aligned/],
    ['far away', picture, { landmarks: face.landmarks.map((point) => ({ ...point, x: point.x + 1e9 })) }, {}, /face can't be aligned/],
    ['a template of another name', picture, face, { template: 'passport' }, /template "passport" is not one of arcface, ffhq, eyes/],
    ['no size', picture, face, { size: 0 }, /size 0 is not a whole number from 1 to 4096/],
    ['a margin of a template that has its own', picture, face, { margin: 0.5 }, /margin 0.5 is for template eyes/],
    ['an unknown option', picture, face, { sise: 5 }, /did you mean size/],
  ])('%s', (_, pixels, face, options, message) => {
    const align = () => alignFace(pixels as Pixels, face as { landmarks: Landmark[] }, options as object);
    expect(align).toThrow(message);
    expect(align).toThrow(pixels === picture ? ArgumentError : ImageError);
  });
});
