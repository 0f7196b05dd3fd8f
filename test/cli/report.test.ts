import { Command, CommanderError } from 'commander';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { alignColumns } from '../../src/cli/columns.ts';
import { misuseOf, reportFailure } from '../../src/cli/failure.ts';
import { advice, jsonFailure, jsonResult, textLines, type PictureResult } from '../../src/cli/report.ts';
import { ImageError } from '../../src/base/errors.ts';

const result: PictureResult = {
  image: 'photo.jpg',
  width: 1280,
  height: 800,
  milliseconds: { decode: 312.456, detection: 41.04, landmarks: 8.76 },
  faces: [
    {
      box: { x: 125.123, y: 410.5, width: 133.4, height: 183 },
      score: 0.99912,
      points: [{ x: 150.126, y: 480 }],
      landmarks: [{ x: 1.234, y: 2, score: 0.71234 }],
      roll: -12.345,
    },
    {
      box: { x: 5, y: 4, width: 30, height: 40 },
      score: 0.9,
      landmarks: [
        { x: 1, y: 2, score: 0.5 },
        { x: 3, y: 4, score: 0.7 },
      ],
      roll: 174.6,
    },
  ],
  drawing: 'photo.landmarks.png',
};

describe('textLines', () => {
  it('a headline and a line per face', () => {
    expect(textLines(result)).toEqual([
      'photo.jpg  1280x800  2 faces  decode 312 ms, detection 41 ms, landmarks 8.8 ms  -> photo.landmarks.png',
      '  face 1  box 125,411  133x183  score 0.999  landmarks 0.712  roll -12°',
      '  face 2  box 5,4      30x40    score 0.900  landmarks 0.600  roll 175°',
    ]);
  });

  it('names can neither break the line nor command the terminal', () => {
    const [headline, ...rows] = textLines({ ...result, image: 'a\n\u001b[2Jb.jpg', drawing: 'a\n\u009bb.png' });
    expect(headline).toMatch(/^a\?\?\[2Jb\.jpg {2}.* -> a\?\?b\.png$/);
    expect(rows).toHaveLength(2);
  });

  it('no face, standard input', () => {
    const { drawing: _, ...rest } = result;
    expect(textLines({ ...rest, image: '-', faces: [], isFirst: true })).toEqual([
      'standard input  1280x800  no face found  decode 312 ms, detection 41 ms, landmarks 8.8 ms (cold)',
    ]);
  });
});

test('what to try, with what was tried', () => {
  expect(advice(1, 1, {})).toMatch(
    /^no face was found in the picture: try a --threshold below 0\.6, .* --detect-size above 1280, .* --detector faceboxes, .* --box$/,
  );
  expect(advice(1, 1, { detector: 'facegrid' })).not.toContain('--detector');
  expect(advice(2, 5, { threshold: 0.3, detectSize: 2560 })).toMatch(/in 2 of 5 pictures: .* below 0\.3, .* above 2560/);
});

describe('JSON', () => {
  it('is rounded', () => {
    expect(jsonResult(result)).toEqual({
      schemaVersion: 1,
      image: 'photo.jpg',
      width: 1280,
      height: 800,
      milliseconds: { decode: 312.5, detection: 41, landmarks: 8.8 },
      faces: [
        {
          box: { x: 125.12, y: 410.5, width: 133.4, height: 183 },
          score: 0.9991,
          points: [{ x: 150.13, y: 480 }],
          landmarks: [{ x: 1.23, y: 2, score: 0.7123 }],
          roll: -12.3,
        },
        result.faces[1],
      ],
      drawing: 'photo.landmarks.png',
    });
  });

  it('of a failure', () => {
    expect(jsonFailure('a.jpg', new ImageError('a.jpg is empty'))).toEqual({
      schemaVersion: 1,
      image: 'a.jpg',
      error: { name: 'ImageError', message: 'a.jpg is empty' },
    });
  });
});

it('alignColumns', () => {
  expect(
    alignColumns(
      [
        ['a', '10', 'x'],
        ['long', '9'],
        ['b', '100', 'yy'],
      ],
      [1],
    ),
  ).toEqual(['a      10  x', 'long    9', 'b     100  yy']);
});

describe('reportFailure', () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  afterEach(() => written.mockClear());

  it.each<[string, unknown, string]>([
    ['an error of ours', new ImageError('a\n b.jpg is empty'), 'pipnet-wasm: a b.jpg is empty\n'],
    [
      'a bug',
      new TypeError('x is undefined'),
      'pipnet-wasm: unexpected error: x is undefined (a bug: please report it with the output of PIPNET_DEBUG=1 pipnet-wasm ...)\n',
    ],
    ['a thrown text', 'oops', expect.stringContaining('unexpected error: oops')],
  ])('%s', (_, error, line) => {
    expect(reportFailure(error)).toBe(1);
    expect(written.mock.calls).toEqual([[line]]);
  });

  it.each([
    [['--jsn'], "unknown option '--jsn' (Did you mean --json?); see pipnet-wasm --help"],
    [['measure'], "required option '--list <file>' not specified; see pipnet-wasm measure --help"],
  ])('a mistake in options: %s', (args, line) => {
    const measure = new Command('measure').requiredOption('--list <file>').action(() => {});
    const program = new Command('pipnet-wasm').option('--json').addCommand(measure);
    for (const command of [program, measure]) command.exitOverride(misuseOf(command)).configureOutput({ outputError: () => {} });
    let error: unknown;
    try {
      program.parse(args, { from: 'user' });
    } catch (thrown) {
      error = thrown;
    }
    expect(reportFailure(error)).toBe(1);
    expect(written.mock.calls).toEqual([[`pipnet-wasm: ${line}\n`]]);
  });

  it('--help is no failure', () => {
    expect(reportFailure(new CommanderError(0, 'commander.help', '(outputHelp)'))).toBe(0);
    expect(written).not.toHaveBeenCalled();
  });
});
