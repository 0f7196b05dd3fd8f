import { describe, expect, it } from 'vitest';
import { Command } from 'commander';
import { crops } from '../../src/cli/crops.ts';
import { box, list, number, parsed, wholeNumber } from '../../src/cli/options.ts';
import { ArgumentError } from '../../src/base/errors.ts';

const parseBox = (text: string) => box(text, '--box');

describe('--box', () => {
  it('takes whole and decimal numbers, and a corner outside the picture', () => {
    expect(parseBox('125,410,133,183')).toEqual({ x: 125, y: 410, width: 133, height: 183 });
    expect(parseBox('-3.5, 0, 1e2, .5')).toEqual({ x: -3.5, y: 0, width: 100, height: 0.5 });
  });

  it.each(['', '1,2,3', '1,2,3,4,5', '1,2,,4', 'a,2,3,4', 'NaN,1,1,1', '1,2,Infinity,4', '1 2 3 4', '1,2,3,4px'])(
    'rejects "%s"',
    (text) => {
      expect(() => parseBox(text)).toThrow(
        new ArgumentError(`--box ${text} is not four numbers x,y,width,height: write for example --box 125,410,133,183`),
      );
    },
  );

  it.each(['1,2,0,4', '1,2,3,0', '1,2,-3,4', '1,2,3,-4'])('rejects the size in "%s"', (text) => {
    expect(() => parseBox(text)).toThrow(/^--box .* wide and .* high: both must be more than 0 pixels$/);
  });
});

describe('--crops', () => {
  it.each([
    ['112', { size: 112 }],
    ['ffhq', { template: 'ffhq' }],
    ['eyes:300', { template: 'eyes', size: 300 }],
  ])('takes %s', (text, options) => expect(crops(text, '--crops')).toEqual(options));

  it.each(['', 'passport', 'ffhq:', 'ffhq:x', '256:ffhq', 'ffhq:1:2', '1.5'])('rejects "%s"', (text) => {
    expect(() => crops(text, '--crops')).toThrow(
      new ArgumentError(`--crops ${text} is neither a size nor one of arcface, ffhq, eyes: write it as 112 or ffhq:256`),
    );
  });

  it('rejects a size that is none', () => expect(() => crops('ffhq:9999', '--crops')).toThrow(/^--crops 9999 is not a whole number/));
});

describe('numbers', () => {
  it('takes what is in range', () => {
    expect(['0', '0.25', '1'].map((text) => number(0, 1)(text, '-t'))).toEqual([0, 0.25, 1]);
    expect(['1', '640', '8192'].map((text) => wholeNumber(1, 8192)(text, '-d'))).toEqual([1, 640, 8192]);
    expect(list(wholeNumber(1, 9))('3, 4,5', '-l')).toEqual([3, 4, 5]);
  });

  it.each(['', '-0.1', '1.1', 'NaN', '50%'])('rejects --threshold "%s"', (text) => {
    expect(() => number(0, 1)(text, '--threshold')).toThrow(new ArgumentError(`--threshold ${text} is not a number from 0 to 1`));
  });

  it.each(['', '0', '8193', '12.5', '-4', 'x', 'Infinity'])('rejects --detect-size "%s"', (text) => {
    expect(() => wholeNumber(1, 8192)(text, '--detect-size')).toThrow(
      new ArgumentError(`--detect-size ${text} is not a whole number from 1 to 8192`),
    );
  });

  it.each(['', ',', '1,', '1,,2'])('rejects the list "%s"', (text) => {
    expect(() => list(wholeNumber(1, 9))(text, '--size')).toThrow(
      new ArgumentError(`--size ${text}: write values with commas between them`),
    );
  });

  it('an option tells its parser its name', () => {
    const command = new Command().addOption(parsed('-n, --count <n>', 'how many', wholeNumber(1, 9)).default(3));
    expect(command.parse([], { from: 'user' }).opts()).toEqual({ count: 3 });
    expect(command.parse(['-n', '5'], { from: 'user' }).opts()).toEqual({ count: 5 });
    expect(() => command.parse(['--count', '10'], { from: 'user' })).toThrow(
      new ArgumentError('--count 10 is not a whole number from 1 to 9'),
    );
  });
});
