import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rollOf } from '../../src/base/detection.ts';
import { DataError } from '../../src/base/errors.ts';
import { isHeldOut, listFaceless, parseDetectionList, photographOf, readDetectionList } from '../../src/datasets/detection-list.ts';
import { faceOfLandmarks } from '../../src/datasets/face-of-landmarks.ts';
import { temporaryFolder } from '../augment/pictures.ts';

const POINTS = [12, 14, 24, 14, 18, 20, 13, 26, 23, 26];
const line = (faces: object[], name: unknown = 'a.jpg') => JSON.stringify({ name, faces });
const face = (box: unknown, more: object = {}) => ({ box, points: POINTS, ...more });

/** 68 landmarks as 300W has them: eyes at (±30, 0), tip of the nose (0, 30), corners of the mouth at (±25, 60), turned and moved. */
function landmarks(roll = 0, scale = 1, [dx, dy] = [0, 0]): number[] {
  const place = (i: number): [number, number] => {
    if (i < 17) return [-70 * Math.cos((i * Math.PI) / 16), 10 + 90 * Math.sin((i * Math.PI) / 16)];
    if (i < 27) return [-50 + (i - 17) * 11, -25];
    if (i === 30) return [0, 30];
    if (i < 36) return [0, 5 * (i - 27)];
    if (i < 48) return [(i < 42 ? -30 : 30) + 10 * Math.cos((i * Math.PI) / 3), 4 * Math.sin((i * Math.PI) / 3)];
    if (i === 48 || i === 54) return [i === 48 ? -25 : 25, 60];
    return [0, 62];
  };
  return Array.from({ length: 68 }, (_, i) => {
    const [x, y] = place(i);
    return [dx + scale * (x * Math.cos(roll) - y * Math.sin(roll)), dy + scale * (x * Math.sin(roll) + y * Math.cos(roll))];
  }).flat();
}

describe('lists of JSON', () => {
  test('scores from 0.3 to 0.6, and parts of faces, are neither face nor background', () => {
    const faces = [
      face([10, 10, 20, 25]),
      face([100, 10, 20, 25], { score: 0.4 }),
      face([200, 10, 9, 9], { score: 0.2 }),
      face([12, 12, 8, 8]),
    ];
    const [sample] = parseDetectionList(`\n${line(faces)}\n`, 'list');
    expect(sample.name).toBe('a.jpg');
    expect(sample.faces.map(({ box, certain }) => [box.x, certain])).toEqual([
      [10, true],
      [100, false],
      [12, false],
    ]);
    expect(sample.faces[0].points).toEqual(POINTS);
  });

  test.each([
    ['{', /list:1: not JSON/],
    ['{"name": "a.jpg"}', /faces/],
    [line([], 7), /name 7 is not a text/],
    [line([], '../a.jpg'), /leads out of the folder/],
    [line([face([1, 2, 3])]), /faces\[0\]\.box has 3 numbers instead of 4/],
    [line([face([1, 2, 3, 0])]), /a box is 3 wide and 0 high/],
    [line([face([1, 2, 3, 1e7])]), /box\[3\] 10000000/],
    [line([face([1, 2, 3, 4], { score: 'high' })]), /score "high"/],
    [line([{ box: [1, 2, 3, 4] }]), /points/],
    [`{"faces": [${'['.repeat(100000)}`, /not JSON/],
    [line(Array.from({ length: 6000 }, () => face([1, 2, 3, 4]))), /6000 faces are more than/],
    ['', /no faces in the list/],
  ])('refuses %.40s', (text, message) => {
    expect(() => parseDetectionList(text, 'list')).toThrow(message);
    expect(() => parseDetectionList(text, 'list')).toThrow(DataError);
  });

  test('a file that is not there is a DataError', async () => {
    await expect(readDetectionList('missing.jsonl')).rejects.toThrow(/can't read the list missing\.jsonl/);
  });
});

describe('lists of landmarks', () => {
  test('faces of one picture count together', () => {
    const text = [
      ['a.jpg', 0],
      ['b.jpg', 0],
      ['a.jpg', 300],
    ].map(([name, x]) => `${name} ${landmarks(0, 1, [x as number, 0]).join(' ')}`);
    const samples = parseDetectionList(text.join('\n'), 'list');
    expect(samples.map(({ name, faces }) => [name, faces.length])).toEqual([
      ['a.jpg', 2],
      ['b.jpg', 1],
    ]);
  });

  test('the five points are means of eyes, tip of the nose and corners of the mouth; the box holds them', () => {
    const { box, points, certain } = faceOfLandmarks(landmarks(), 'list:1');
    expect(certain).toBe(true);
    expect(points.map((value) => Math.round(value) + 0)).toEqual([-30, 0, 30, 0, 0, 30, -25, 60, 25, 60]);
    // Eyes 60 apart, the mouth 60 below.
    expect(box.width).toBeCloseTo(1.086 * 120);
    expect(box.height).toBeCloseTo(1.439 * 120);
    expect(box.x + box.width / 2).toBeCloseTo(0);
    expect(box.y + box.height / 2).toBeCloseTo(30 - 0.088 * 120);
  });

  test.each([0.3, Math.PI / 2, -2, Math.PI])('turns with the face: %f', (roll) => {
    const upright = faceOfLandmarks(landmarks(), '');
    const { box, points } = faceOfLandmarks(landmarks(roll, 0.5, [40, 70]), '');
    expect(rollOf(points)).toBeCloseTo(roll);
    const [cx, cy] = [upright.box.x + upright.box.width / 2, upright.box.y + upright.box.height / 2];
    expect(box.x + box.width / 2).toBeCloseTo(40 + 0.5 * (cx * Math.cos(roll) - cy * Math.sin(roll)));
    expect(box.y + box.height / 2).toBeCloseTo(70 + 0.5 * (cx * Math.sin(roll) + cy * Math.cos(roll)));
    const sides = [upright.box.width / 2, upright.box.height / 2];
    const share = Math.cos(roll) ** 2;
    expect(box.width).toBeCloseTo(sides[0] * share + sides[1] * (1 - share));
    expect(box.height).toBeCloseTo(sides[1] * share + sides[0] * (1 - share));
  });

  test('a profile, whose eyes come together, keeps its size', () => {
    const squeezed = landmarks().map((value, i) => (i % 2 === 0 ? 0.1 * value : value));
    const { box } = faceOfLandmarks(squeezed, '');
    expect(box.height).toBeGreaterThan(0.85 * 1.439 * 120);
  });

  test('other numbers of landmarks have no box', () => {
    expect(() => parseDetectionList('a.jpg 1 1 30 1 15 20', 'list')).toThrow(/list:1: 3 landmarks: boxes are known of 68 only/);
  });
});

describe('pictures held out', () => {
  test('crops of a photograph go with it', () => {
    expect(photographOf('helen/trainset/helen_train_151905797_1.jpg')).toBe('helen_151905797');
    expect(photographOf('helen_151905797_2.png')).toBe('helen_151905797');
    expect(photographOf('lfpw_train_image_0649.jpg')).toBe(photographOf('lfpw_image_0649.jpg'));
    // A number that is all a name has stays.
    expect(photographOf('photo_1.jpg')).not.toBe(photographOf('photo_2.jpg'));
  });

  test('the share is kept, more hold what fewer held', () => {
    const names = Array.from({ length: 4000 }, (_, i) => `photo_${i}.jpg`);
    const held = (share: number) => names.filter((name) => isHeldOut(name, share));
    for (const share of [2, 10, 50]) expect(Math.abs(held(share).length / 40 - share)).toBeLessThan(2);
    expect(held(0)).toEqual([]);
    expect(held(100)).toEqual(names);
    const ten = new Set(held(10));
    expect(held(2).every((name) => ten.has(name))).toBe(true);
  });

  test('a folder without pictures is refused', async () => {
    const folder = temporaryFolder();
    await expect(listFaceless(folder)).rejects.toThrow(DataError);
    writeFileSync(join(folder, 'a.png'), '');
    expect(await listFaceless(folder)).toEqual([{ name: 'a.png', faces: [] }]);
  });
});
