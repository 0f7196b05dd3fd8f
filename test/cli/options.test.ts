import { describe, expect, it } from 'vitest';
import { parseBox, parseSeconds, parseThreshold, wholeNumber } from '../../src/cli/options.ts';
import { ArgumentError } from '../../src/base/errors.ts';

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

describe('numbers', () => {
  it('takes what is in range', () => {
    expect(['0', '0.25', '1'].map(parseThreshold)).toEqual([0, 0.25, 1]);
    expect(['1', '640', '8192'].map(wholeNumber('--detect-size', 1, 8192))).toEqual([1, 640, 8192]);
    expect(['0.5', '3600'].map(parseSeconds)).toEqual([0.5, 3600]);
  });

  it.each(['', '-0.1', '1.1', 'NaN', '50%'])('rejects --threshold "%s"', (text) => {
    expect(() => parseThreshold(text)).toThrow(new ArgumentError(`--threshold ${text} is not a number from 0 to 1`));
  });

  it.each(['', '0', '8193', '12.5', '-4', 'x', 'Infinity'])('rejects --detect-size "%s"', (text) => {
    expect(() => wholeNumber('--detect-size', 1, 8192)(text)).toThrow(
      new ArgumentError(`--detect-size ${text} is not a whole number from 1 to 8192`),
    );
  });

  it.each(['', '0', '-1', '3601', 'x'])('rejects --seconds "%s"', (text) => {
    expect(() => parseSeconds(text)).toThrow(ArgumentError);
  });
});
