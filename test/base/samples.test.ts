import { landmarkBox } from '../../src/base/crop-rules.ts';
import { inPicture } from '../../src/base/label-offset.ts';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/base/errors.ts';
import { parseList } from '../../src/base/samples.ts';

test('a list gives name, place and pixels of each face', () => {
  const samples = parseList('\uFEFFa.jpg 1 2 30.5 4e1\r\n\r\n  deep/b.jpg\t-1 .5 9. +8  \n', 'val.txt');
  expect(samples).toEqual([
    { name: 'a.jpg', source: 'val.txt:1', points: Float64Array.of(1, 2, 30.5, 40) },
    { name: 'deep/b.jpg', source: 'val.txt:3', points: Float64Array.of(-1, 0.5, 9, 8) },
  ]);
});

test('a list says where its labels lie, for the lines below it', () => {
  const text = 'a.jpg 1 2 30 40\n# label-offset 0.0047 -1e-3\nb.jpg 1 2 30 40\n\nc.jpg 1 2 30 40\n#label-offset 0,0\nd.jpg 1 2 30 40\n';
  expect(parseList(text, 'val.txt').map(({ name, source, labelOffset }) => [name, source, labelOffset])).toEqual([
    ['a.jpg', 'val.txt:1', undefined],
    ['b.jpg', 'val.txt:3', [0.0047, -0.001]],
    ['c.jpg', 'val.txt:5', [0.0047, -0.001]],
    ['d.jpg', 'val.txt:7', [0, 0]],
  ]);
});

test('landmarks are moved to where the picture shows them, in units of their crop', () => {
  const crop = { margin: 0.5, top: 'out' } as const;
  // 20 x 40 pixels, the crop twice that.
  expect([...inPicture(Float64Array.of(10, 10, 30, 50), [0.05, -0.01], crop)]).toEqual([8, 10.8, 28, 50.8]);
});

test('the landmark box holds all landmarks', () => {
  expect(landmarkBox(Float64Array.of(3, 10, -1, 30, 5, 20))).toEqual({ x: -1, y: 10, width: 6, height: 20 });
});

describe('a bad list is refused in one line that names list and line', () => {
  test.each([
    ['empty', '', 'val.txt: no faces'],
    ['blank', ' \r\n\n', 'val.txt: no faces'],
    ['name only', 'a.jpg', 'val.txt:1: 0 numbers'],
    ['odd count', '\na.jpg 1 2 3', 'val.txt:2: 3 numbers'],
    ['word', 'a.jpg 1 2 x 4', 'val.txt:1: "x", number 3'],
    ['NaN', 'a.jpg 1 NaN 3 4', 'val.txt:1: "NaN", number 2'],
    ['infinity', 'a.jpg 1 Infinity 3 4', 'val.txt:1: "Infinity"'],
    ['overflow', 'a.jpg 1 1e999 3 4', 'val.txt:1: "1e999"'],
    ['too large for a picture', 'a.jpg 1 2 3 1000001', 'val.txt:1: "1000001"'],
    ['hexadecimal', 'a.jpg 0x10 2 3 4', 'val.txt:1: "0x10"'],
    ['comma', 'a.jpg 1,2 3,4', 'val.txt:1: "1,2"'],
    ['differing count', 'a.jpg 1 2 3 4\n\nb.jpg 1 2 3 4 5 6', 'val.txt:3: 3 landmarks where val.txt:1 has 2'],
    ['fractions', 'a.jpg 0.1 0.2 0.9 0.8', 'val.txt:1: the landmarks span'],
    ['one point', 'a.jpg 10 20', 'val.txt:1: the landmarks span'],
    ['an offset of one number', '# label-offset 0.1\na.jpg 1 2 3 4', 'val.txt:1: "0.1" is no label offset: expected x and y'],
    ['an offset of words', '# label-offset x y', 'val.txt:1: "x y" is no label offset'],
    ['an offset of nothing', '# label-offset', 'val.txt:1: "" is no label offset'],
    ['an offset in pixels', '# label-offset 1.2 1.2', 'val.txt:1: "1.2 1.2" is no label offset: expected x and y in units of the crop'],
    ['an offset that is not finite', '# label-offset NaN 0', 'no label offset'],
    ['another remark', '# faces of 2019', 'val.txt:1: 3 numbers'],
    ['parent folder', '../a.jpg 1 2 3 4', 'val.txt:1: "../a.jpg" leads out'],
    ['parent folder inside', 'a/../../b.jpg 1 2 3 4', 'leads out'],
    ['parent folder, backslashes', 'a\\..\\..\\b.jpg 1 2 3 4', 'leads out'],
    ['absolute', '/etc/passwd 1 2 3 4', 'leads out'],
    ['absolute, Windows', 'C:\\a.jpg 1 2 3 4', 'leads out'],
    ['network share', '\\\\host\\a.jpg 1 2 3 4', 'leads out'],
    ['zero byte', 'a\0.jpg 1 2 3 4', 'val.txt:1: the name "a\\u0000.jpg" holds control characters'],
    ['terminal escape', 'a.jpg 1 2 3 \x1b[2J', 'val.txt:1: "\\u001b[2J", number 4'],
  ])('%s', (_, text, message) => {
    const parse = () => parseList(text, 'val.txt');
    expect(parse).toThrow(DataError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(/^[^\n]*$/);
  });
});

test('two dots inside a name are no way out', () => {
  expect(parseList('a..b/..c.jpg 1 2 3 4', 'val.txt')[0].name).toBe('a..b/..c.jpg');
});
