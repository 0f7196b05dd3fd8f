import { poseInBox, poseInFrame, toAffine, turnPoints } from '../base/affine.ts';
import { supervisedCrop, type CropRule } from '../base/crop-rules.ts';
import type { SamplingGrid } from '../schedule/crop-resize.ts';
import type { Box, Pixels, Pose } from '../base/types.ts';

/** A part of a picture that is stretched to a network's square input: the box of a pose is what landmarks are measured in. */
export interface Crop extends Pose {
  border: 'clamp' | 'zero';
  /** Where an input of `size` x `size` pixels is sampled. */
  grid(size: number): SamplingGrid;
}

/** The crop that is exactly a box, upright or turned, black outside the picture, sampled at the pixels' corners as in training. */
export function exactCrop(box: Box, roll = 0): Crop {
  const { a, b, c, d, e, f } = toAffine({ box, roll });
  return {
    box,
    roll,
    border: 'zero',
    grid: (size) => ({ x: c, stepX: a / size, turnX: b / size, y: f, turnY: d / size, stepY: e / size }),
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
    roll: 0,
    border: 'clamp',
    grid: (size) => resizeGrid(x, y, cropWidth - 1, cropHeight - 1, size, size),
  };
}

/**
 * The crop of a detected box in which a face stands upright that lies turned in the box: the rule's top is the face's. Of
 * the picture's surroundings as much belongs to it as the picture is large.
 *
 * @param roll radians, clockwise as the picture is seen
 */
export function turnedCrop(box: Box, roll: number, rule: CropRule, { width, height }: Pixels): Crop {
  const clip = (value: number, size: number) => Math.max(-size, Math.min(2 * size, value));
  const [left, right] = [clip(box.x, width), clip(box.x + box.width, width)];
  const [top, bottom] = [clip(box.y, height), clip(box.y + box.height, height)];
  const { box: face } = poseInBox({ x: left, y: top, width: right - left, height: bottom - top }, roll);
  const [x, y] = turnPoints([face.x + face.width / 2, face.y + face.height / 2], -roll);
  const upright = { ...face, x: x - face.width / 2, y: y - face.height / 2 };
  const pose = poseInFrame(supervisedCrop(upright, rule), roll);
  return exactCrop(pose.box, roll);
}

/** The grid of OpenCV's bilinear resize of a rectangle to `outWidth` x `outHeight`: pixels are areas, centres at one half. */
export function resizeGrid(x: number, y: number, width: number, height: number, outWidth: number, outHeight: number): SamplingGrid {
  const stepX = width / outWidth;
  const stepY = height / outHeight;
  return { x: x + stepX / 2 - 0.5, stepX, turnX: 0, y: y + stepY / 2 - 0.5, turnY: 0, stepY };
}
