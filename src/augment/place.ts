// Where the crop of a face lies once it is turned, shifted, scaled and mirrored, and where the landmarks are in it.
import type { Affine } from '../base/affine.ts';
import { landmarkBox, supervisedCrop, type CropRule } from '../base/crop-rules.ts';
import type { Box } from '../base/types.ts';
import type { Plan } from './augment.ts';

/** A face as far as its place matters. */
export interface PlacedFace {
  /** Pixels of the picture, x y x y ... */
  points: Float64Array;
  /** The box that the crop rule applies to, where it isn't the landmarks'. */
  box?: Box;
}

/** The crop of a face when nothing happens to it. */
export function cropOf({ points, box }: PlacedFace, rule: CropRule): Box {
  return supervisedCrop(box ?? landmarkBox(points), rule);
}

/**
 * The crop of a face under a plan. Rotations are of the picture, so that faces aren't sheared, about the centre of the
 * crop as it was; output pixel (u, v) of `size` x `size` is the place (u / size, v / size) of the unit square.
 */
export function place(face: PlacedFace, rule: CropRule, plan: Plan): Affine {
  const crop = cropOf(face, rule);
  const centreX = crop.x + crop.width / 2;
  const centreY = crop.y + crop.height / 2;
  const cos = Math.cos(plan.angle);
  const sin = Math.sin(plan.angle);

  // The crop in a frame that is turned by the angle and has its origin at the centre.
  let local: Box = { x: -crop.width / 2, y: -crop.height / 2, width: crop.width, height: crop.height };
  if (plan.refit && plan.angle !== 0 && !face.box) {
    const turned = face.points.map((_, i) => {
      const x = face.points[i & ~1] - centreX;
      const y = face.points[i | 1] - centreY;
      return i % 2 === 0 ? cos * x + sin * y : cos * y - sin * x;
    });
    local = supervisedCrop(landmarkBox(turned), rule);
  }
  const width = local.width * plan.scale;
  const height = local.height * plan.scale;
  const left = local.x + local.width / 2 + plan.shiftX * local.width - width / 2;
  const top = local.y + local.height / 2 + plan.shiftY * local.height - height / 2;

  // Mirrored, the unit square is read from right to left.
  const stepX = plan.flip ? -width : width;
  const startX = plan.flip ? left + width : left;
  return {
    a: cos * stepX,
    b: -sin * height,
    c: centreX + cos * startX - sin * top,
    d: sin * stepX,
    e: cos * height,
    f: centreY + sin * startX + cos * top,
  };
}

/**
 * Landmarks in units of the crop.
 *
 * @param out 2 * landmarks numbers, x y x y ...
 * @param points in pixels of the picture
 * @param flip where each landmark's place is taken from when the crop is mirrored: see flip-table.ts
 */
export function placePoints(out: Float32Array, points: Float64Array, { a, b, c, d, e, f }: Affine, flip?: readonly number[]): void {
  const determinant = a * e - b * d;
  for (let i = 0; i < points.length / 2; i++) {
    const from = flip ? flip[i] : i;
    const x = points[2 * from] - c;
    const y = points[2 * from + 1] - f;
    out[2 * i] = (e * x - b * y) / determinant;
    out[2 * i + 1] = (a * y - d * x) / determinant;
  }
}
