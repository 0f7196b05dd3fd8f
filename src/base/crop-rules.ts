// How faces are cropped, as models and datasets name it.
import type { Box } from './types.ts';

/** How a box around a face becomes the crop that a network sees. */
export interface CropRule {
  /** Share of the box's width and height that is added on each side: 0.1 makes it 1.2 times as large. */
  margin: number;
  /** Where the top edge goes: out with the others, or the same distance *in* (the authors' rule for detector boxes, which hold much forehead). */
  top: 'out' | 'in';
}

/** The rules of the authors' code by what the box is; a model file names the ones that it was trained with. */
export const CROP_RULES: Record<CropRuleName, CropRule> = {
  '300w': { margin: 0.05, top: 'out' },
  wflw: { margin: 0.1, top: 'out' },
  'self-training': { margin: 0.15, top: 'out' },
  detector: { margin: 0.1, top: 'in' },
};
/** A rule's name, by what the box around the face is. */
export type CropRuleName = '300w' | 'wflw' | 'self-training' | 'detector';

/** The smallest box that holds all landmarks (x y x y ...). */
export function landmarkBox(points: ArrayLike<number>): Box {
  const xs = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i]);
  const ys = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + 1]);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** The box with its margins, not rounded and not clipped: how crops of true landmark boxes are made. */
export function supervisedCrop(box: Box, rule: CropRule): Box {
  const marginX = box.width * rule.margin;
  const marginY = box.height * rule.margin;
  const top = rule.top === 'in' ? marginY : -marginY;
  return { x: box.x - marginX, y: box.y + top, width: box.width + 2 * marginX, height: box.height + marginY - top };
}
