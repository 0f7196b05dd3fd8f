// Options that several commands share, or whose value is more than a text. Each parser throws an ArgumentError that names the option,
// the value and what would do.
import { Option } from 'commander';
import { ArgumentError, DataError } from '../base/errors.ts';
import { parseLabelOffset, type LabelOffset } from '../base/label-offset.ts';
import { DETECTOR_NAMES, MODEL_NAMES } from '../base/models.ts';
import type { Box } from '../base/types.ts';

/** Reads the text that was given for an option. */
export type Parser<T> = (text: string, option: string) => T;

/** An option with a parser. */
export function parsed<T>(flags: string, description: string, parse: Parser<T>): Option {
  const option = new Option(flags, description);
  return option.argParser((text) => parse(text, option.long!));
}

/** `--model`, where it is a landmark model. */
export const modelOption = (): Option =>
  new Option('--model <name>', `landmark model: ${MODEL_NAMES.join(', ')}, or a file (.safetensors)`);

/** `--detector`. */
export const detectorOption = (what: string): Option =>
  new Option('--detector <name>', `${what}: ${DETECTOR_NAMES.join(', ')}, or a file (.safetensors)`);

/** `--eyes`, for faces that are measured. */
export const eyesOption = (): Option =>
  parsed('--eyes <i,j>', 'indices of the outer eye corners, where the landmark count does not tell them', eyes);

export const wholeNumber =
  (least: number, most: number): Parser<number> =>
  (text, option) => {
    const value = toNumber(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new ArgumentError(`${option} ${text} is not a whole number from ${least} to ${most}`);
  };

export const number =
  (least: number, most: number): Parser<number> =>
  (text, option) => {
    const value = toNumber(text);
    if (value >= least && value <= most) return value;
    throw new ArgumentError(`${option} ${text} is not a number from ${least} to ${most}`);
  };

/** Values with commas between them. */
export const list =
  <T>(item: Parser<T>): Parser<T[]> =>
  (text, option) => {
    const parts = text.split(',').map((part) => part.trim());
    if (parts.includes('')) throw new ArgumentError(`${option} ${text}: write values with commas between them`);
    return parts.map((part) => item(part, option));
  };

/** `x,y,width,height` in pixels; numbers may have decimals, the corner may lie outside the picture. */
export const box: Parser<Box> = (text, option) => {
  const numbers = text.split(',').map(toNumber);
  const [x, y, width, height] = numbers;
  if (numbers.length !== 4 || !numbers.every(Number.isFinite)) {
    throw new ArgumentError(`${option} ${text} is not four numbers x,y,width,height: write for example ${option} 125,410,133,183`);
  }
  if (!(width > 0 && height > 0)) {
    throw new ArgumentError(`${option} ${text} is ${width} wide and ${height} high: both must be more than 0 pixels`);
  }
  return { x, y, width, height };
};

/** `i,j`, the landmarks at the outer corners of the eyes, counted from 0. */
const eyes: Parser<[number, number]> = (text, option) => {
  const [, i, j] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (i === undefined || j === undefined) throw new ArgumentError(`${option} ${text} is not a pair of landmark indices: write it as 36,45`);
  return [Number(i), Number(j)];
};

/** `x,y` in units of the crop. */
export const labelOffset: Parser<LabelOffset> = (text, option) => {
  try {
    return parseLabelOffset(text, option);
  } catch (error) {
    throw error instanceof DataError ? new ArgumentError(error.message) : error;
  }
};

/** `Number` takes an empty text for 0. */
function toNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}
