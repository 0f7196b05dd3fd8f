/**
 * Where labels lie beside what the picture shows. A dataset's labels may lie off by a constant, such as 300W's, which are
 * half a per cent of the face right of and below it: whoever mixes datasets, draws landmarks or measures has to know.
 */
import { DataError } from './errors.ts';
import { landmarkBox, supervisedCrop, type CropRule } from './crop-rules.ts';
import { quote } from './quote.ts';

/** Right and down, in units of the crop that the labels give by the model's rule. */
export type LabelOffset = readonly [x: number, y: number];

/** More than a landmark network could be right with. */
const MAX_OFFSET = 0.1;

/** Landmarks where the picture shows them: without the offset of their convention. */
export function inPicture(points: Float64Array, [x, y]: LabelOffset, rule: CropRule): Float64Array {
  const { width, height } = supervisedCrop(landmarkBox(points), rule);
  return points.map((value, i) => value - (i % 2 === 0 ? x * width : y * height));
}

/**
 * Two numbers with a space or comma between them, in units of the crop.
 *
 * @param label what messages begin with
 * @throws DataError for anything else, or more than a tenth of the crop
 */
export function parseLabelOffset(text: string, label: string): LabelOffset {
  const offset = text
    .trim()
    .split(/[\s,]+/)
    .map((word) => (word === '' ? NaN : Number(word)));
  if (isLabelOffset(offset)) return offset;
  throw new DataError(`${label}: ${quote(text.trim())} is no label offset: expected x and y in units of the crop, such as 0.0047 0.0047`);
}

/** Whether something is two numbers that are small enough. */
export function isLabelOffset(value: readonly unknown[]): value is LabelOffset {
  return value.length === 2 && value.every((number) => typeof number === 'number' && Math.abs(number) <= MAX_OFFSET);
}
