import { expect, test } from 'vitest';
import { ImageError } from '../../src/base/errors.ts';
import { printerFor } from '../../src/cli/formats.ts';
import type { PictureResult } from '../../src/cli/report.ts';
import { elements } from '../reference/xml.ts';

const landmarks = Array.from({ length: 68 }, (_, i) => ({ x: i / 3, y: 2 * i, score: 0.5 }));
const face = { box: { x: 1.234, y: 2, width: 30, height: 40 }, score: 0.98765, roll: -2.25, landmarks };
const result: PictureResult = {
  image: 'a, "b" & <c>.jpg',
  width: 60,
  height: 80,
  milliseconds: { decode: 1, detection: 2, landmarks: 3 },
  faces: [face, { ...face, box: { ...face.box, x: 9 } }],
};
const empty = { ...result, image: 'empty.jpg', faces: [] };

/** All that a format prints. */
function print(format: Parameters<typeof printerFor>[0], ...results: PictureResult[]): string[] {
  const { begin, picture, end } = printerFor(format, 68);
  return [...(begin?.() ?? []), ...results.flatMap(picture), ...(end?.() ?? [])];
}

test('csv: a header, also of nothing, and a line per face', () => {
  const [header, first, second, ...more] = print('csv', result, empty);
  expect(header).toMatch(/^image,face,x,y,width,height,score,roll,jaw_1_x,jaw_1_y,jaw_1_score,jaw_2_x,.*,inner_lips_8_score$/);
  expect(first).toMatch(/^"a, ""b"" & <c>\.jpg",1,1\.23,2,30,40,0\.9877,-2\.[23],0,0,0\.5,0\.33,2,0\.5,/);
  expect(second).toContain('.jpg",2,9,2,30,40,');
  expect(second.split(',').length - 1).toBe(header.split(',').length);
  expect(more).toEqual([]);
  expect(print('csv')).toEqual([header]);
});

test('coco: one object of all pictures', () => {
  const { images, annotations, categories } = JSON.parse(print('coco', empty, result).join('\n'));
  expect(images).toEqual([
    { id: 1, file_name: 'empty.jpg', width: 60, height: 80 },
    { id: 2, file_name: result.image, width: 60, height: 80 },
  ]);
  expect(annotations).toHaveLength(2);
  expect(annotations[1]).toMatchObject({ id: 2, image_id: 2, category_id: 1, bbox: [9, 2, 30, 40], area: 1200, score: 0.9877, iscrowd: 0 });
  expect(annotations[0].num_keypoints).toBe(68);
  // The picture of 80 rows ends below the 40th landmark, at 78: what lies outside isn't seen.
  expect(annotations[0].keypoints.slice(0, 6)).toEqual([0, 0, 2, 0.33, 2, 2]);
  expect(annotations[0].keypoints.slice(3 * 39, 3 * 41)).toEqual([13, 78, 2, 13.33, 80, 1]);
  const [{ id, name, keypoints, skeleton }] = categories;
  expect([id, name, keypoints.length, keypoints[36]]).toEqual([1, 'face', 68, 'right_eye_1']);
  // Lines of 17, 5, 5, 4 and 5 landmarks, and rings of 6, 6, 12 and 8.
  expect(skeleton).toHaveLength(16 + 4 + 4 + 3 + 4 + 6 + 6 + 12 + 8);
  expect(skeleton).toContainEqual([1, 2]);
  // The right eye is closed, the jaw isn't.
  expect(skeleton).toContainEqual([42, 37]);
  expect(skeleton).not.toContainEqual([17, 1]);
  expect(skeleton.flat().every((point: number) => point >= 1 && point <= 68)).toBe(true);
});

test('cvat: clean XML, whose coordinates count from the corner of the first pixel', () => {
  const xml = print('cvat', result, empty).join('\n');
  expect(elements(xml.replace(/^<\?xml.*\?>/, ''))).toEqual(['annotations', 'version', 'image', 'points', 'points', 'image']);
  expect(xml).toContain('<image id="0" name="a, &quot;b&quot; &amp; &lt;c&gt;.jpg" width="60" height="80">');
  expect(xml).toContain('points="0.50,0.50;0.83,2.50;');
});

test('failures are results of JSON only', () => {
  const error = new ImageError('a.jpg is empty');
  expect(JSON.parse(printerFor('json', 68).failure!('a.jpg', error)[0]).error.name).toBe('ImageError');
  for (const format of ['text', 'csv', 'coco', 'cvat', 'pts'] as const) expect(printerFor(format, 68).failure).toBeUndefined();
});
