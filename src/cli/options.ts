// Parsers of option values; each throws an ArgumentError that names the option, the value and what would do.
import { ArgumentError, DataError } from '../base/errors.ts';
import { parseLabelOffset, type LabelOffset } from '../base/label-offset.ts';
import type { Box } from '../base/types.ts';

/** `x,y,width,height` in pixels; numbers may have decimals, the corner may lie outside the picture. */
export function parseBox(text: string): Box {
  const numbers = text.split(',').map(parseNumber);
  const [x, y, width, height] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) {
    throw new ArgumentError(`--box ${text} is not four numbers x,y,width,height: write for example --box 125,410,133,183`);
  }
  if (!(width > 0 && height > 0)) {
    throw new ArgumentError(`--box ${text} is ${width} wide and ${height} high: both must be more than 0 pixels`);
  }
  return { x, y, width, height };
}

/** `i,j`, the landmarks at the outer corners of the eyes, counted from 0. */
export function parseEyes(text: string): [number, number] {
  const [, i, j] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (i === undefined || j === undefined) throw new ArgumentError(`--eyes ${text} is not a pair of landmark indices: write it as 36,45`);
  return [Number(i), Number(j)];
}

/** Makes a parser of label offsets, for the named option. */
export function labelOffset(option: string): (text: string) => LabelOffset {
  return (text) => {
    try {
      return parseLabelOffset(text, option);
    } catch (error) {
      throw error instanceof DataError ? new ArgumentError(error.message) : error;
    }
  };
}

/** A probability, 0 to 1. */
export function parseThreshold(text: string): number {
  const threshold = parseNumber(text);
  if (!(threshold >= 0 && threshold <= 1)) throw new ArgumentError(`--threshold ${text} is not a number from 0 to 1`);
  return threshold;
}

/** Makes a parser of whole numbers in a range, for the named option. */
export function wholeNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new ArgumentError(`${option} ${text} is not a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

/** Makes a parser of numbers in a range, for the named option. */
export function number(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (!(value >= least && value <= most)) throw new ArgumentError(`${option} ${text} is not a number from ${least} to ${most}`);
    return value;
  };
}

/** Seconds to measure, more than 0 and at most an hour. */
export function parseSeconds(text: string): number {
  const seconds = parseNumber(text);
  if (!(seconds > 0 && seconds <= 3600)) throw new ArgumentError(`--seconds ${text} is not a number above 0, up to 3600`);
  return seconds;
}

/** `Number` takes an empty text for 0. */
function parseNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}
