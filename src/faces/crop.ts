import type { CropRule } from '../base/crop-rules.ts';
import type { SamplingGrid } from '../schedule/crop-resize.ts';
import type { Box } from '../base/types.ts';

/** A part of a picture that is stretched to a network's square input. */
export interface Crop {
  /** Landmarks in units of the crop are measured in this box. */
  box: Box;
  border: 'clamp' | 'zero';
  /** Where an input of `size` x `size` pixels is sampled. */
  grid(size: number): SamplingGrid;
}

/** The crop that is exactly `box`, black outside the picture, sampled at the pixels' corners as in training. */
export function exactCrop(box: Box): Crop {
  return {
    box,
    border: 'zero',
    grid: (size) => ({ x: box.x, stepX: box.width / size, y: box.y, stepY: box.height / size }),
  };
}

/**
 * The crop of a detected box as the authors' demo cuts it: whole pixels, scaled by the rule, clipped to the picture.
 * The demo's slice leaves out the last row and column that its landmarks' unit counts, and so does this one.
 *
 * @returns undefined if less than two pixels remain inside the picture
 */
export function detectorCrop(box: Box, rule: CropRule, width: number, height: number): Crop | undefined {
  const left = Math.trunc(box.x);
  const top = Math.trunc(box.y);
  const boxWidth = Math.trunc(box.x + box.width) - left;
  const boxHeight = Math.trunc(box.y + box.height) - top;
  const marginX = Math.trunc(boxWidth * rule.margin);
  const marginY = Math.trunc(boxHeight * rule.margin);
  const x = Math.max(left - marginX, 0);
  const y = Math.max(rule.top === 'in' ? top + marginY : top - marginY, 0);
  const cropWidth = Math.min(left + boxWidth - 1 + marginX, width - 1) - x + 1;
  const cropHeight = Math.min(top + boxHeight - 1 + marginY, height - 1) - y + 1;
  if (!(cropWidth >= 2 && cropHeight >= 2)) return undefined;
  return {
    box: { x, y, width: cropWidth, height: cropHeight },
    border: 'clamp',
    grid: (size) => resizeGrid(x, y, cropWidth - 1, cropHeight - 1, size, size),
  };
}

/** The grid of OpenCV's bilinear resize of a rectangle to `outWidth` x `outHeight`: pixels are areas, centres at one half. */
export function resizeGrid(x: number, y: number, width: number, height: number, outWidth: number, outHeight: number): SamplingGrid {
  const stepX = width / outWidth;
  const stepY = height / outHeight;
  return { x: x + stepX / 2 - 0.5, stepX, y: y + stepY / 2 - 0.5, stepY };
}
