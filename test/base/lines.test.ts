import { describe, expect, test } from 'vitest';
import { checkName, linesOf, parseCoordinates } from '../../src/base/lines.ts';
import { DataError } from '../../src/base/errors.ts';

test('lines without mark, space around them, or nothing in them; each knows its place', () => {
  expect(linesOf('\uFEFFa b\r\n\r\n \t\n  c\n', 'list.txt')).toEqual([
    { line: 'a b', source: 'list.txt:1' },
    { line: 'c', source: 'list.txt:4' },
  ]);
});

test('coordinates are decimal numbers of a picture', () => {
  expect(parseCoordinates(['1', '-.5', '+2.', '1e3'], 'a:1')).toEqual(Float64Array.of(1, -0.5, 2, 1000));
  for (const word of ['', 'x', '0x10', '1_0', '1,5', 'NaN', 'Infinity', '1e999', '-1000001', '١'])
    expect(() => parseCoordinates(['1', word], 'a:1'), word).toThrow(/^a:1: .*, number 2 of the line, is no coordinate/);
});

describe('a name of a picture', () => {
  test.each(['a.jpg', 'deep/er/a.jpg', 'deep\\a.jpg', 'a..b/..c.jpg', '...', 'ä ö.png', '0--Parade/1.jpg'])('%j is one', (name) =>
    expect(checkName(name, 'a:1')).toBeUndefined(),
  );

  test.each(['..', '../a', 'a/..', 'a/../b', 'a\\..\\b', '/a', '\\a', '\\\\host\\a', '//host/a', 'C:\\a', 'c:a', 'C:/a'])(
    '%j leads out of the folder',
    (name) => expect(() => checkName(name, 'a:1')).toThrow(/^a:1: .* leads out of the folder of pictures/),
  );

  test.each(['\0', 'a\0.jpg', 'a\n.jpg', 'a\x1b[2J', 'a\x7f', 'a\x85', '..\0'])('%j holds control characters', (name) => {
    expect(() => checkName(name, 'a:1')).toThrow(DataError);
    expect(() => checkName(name, 'a:1')).toThrow(/^a:1: the name .* holds control characters/);
  });
});
