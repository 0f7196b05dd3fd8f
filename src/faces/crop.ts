import type { Box } from '../types.ts';

/** How a box around a face becomes the crop that a network sees. */
export interface CropRule {
  /** Factor on width and height. */
  scale: number;
  /** Where the top edge goes: out with the others, or the same distance *in* (the authors' rule for detector boxes, which hold much forehead). */
  top: 'out' | 'in';
}

/** The rules of the authors' code by what the box is; a model file names the ones that it was trained with. */
export const CROP_RULES = {
  '300w': { scale: 1.1, top: 'out' },
  wflw: { scale: 1.2, top: 'out' },
  'self-training': { scale: 1.3, top: 'out' },
  detector: { scale: 1.2, top: 'in' },
} as const satisfies Record<string, CropRule>;
export type CropRuleName = keyof typeof CROP_RULES;

/** The box scaled about its centre, not rounded and not clipped: how crops of true landmark boxes are made. */
export function supervisedCrop(box: Box, rule: CropRule): Box {
  const marginX = (box.width * (rule.scale - 1)) / 2;
  const marginY = (box.height * (rule.scale - 1)) / 2;
  const top = rule.top === 'in' ? marginY : -marginY;
  return { x: box.x - marginX, y: box.y + top, width: box.width + 2 * marginX, height: box.height + marginY - top };
}
