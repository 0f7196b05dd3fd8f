import type { Box, Pose } from './types.ts';

/** Units of a crop (s, t) to pixels of the picture: x = a s + b t + c, y = d s + e t + f. */
export interface Affine {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

/** Where the unit square lies that is stretched to a pose's box, and turned with it about its middle. */
export function toAffine({ box: { x, y, width, height }, roll }: Pose): Affine {
  if (roll === 0) return { a: width, b: 0, c: x, d: 0, e: height, f: y };
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  return {
    a: cos * width,
    b: -sin * height,
    c: x + (width - cos * width + sin * height) / 2,
    d: sin * width,
    e: cos * height,
    f: y + (height - sin * width - cos * height) / 2,
  };
}

/** Points x y x y ... of a crop in pixels of the picture. */
export function toPixels(points: Float64Array, { a, b, c, d, e, f }: Affine): Float64Array {
  return points.map((_, i) => {
    const [s, t] = [points[i & ~1], points[i | 1]];
    return i % 2 === 0 ? c + a * s + b * t : f + d * s + e * t;
  });
}

/** Points x y x y ... turned about the origin. */
export function turnPoints(points: ArrayLike<number>, roll: number): Float64Array {
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  return Float64Array.from(points, (_, i) => {
    const [x, y] = [points[i & ~1], points[i | 1]];
    return i % 2 === 0 ? cos * x - sin * y : sin * x + cos * y;
  });
}

/** A box of a frame that is turned about the origin, as a pose: the box stands about the same place of the picture. */
export function poseInFrame(box: Box, roll: number): Pose {
  const { width, height } = box;
  const [x, y] = turnPoints([box.x + width / 2, box.y + height / 2], roll);
  return { box: { x: x - width / 2, y: y - height / 2, width, height }, roll };
}

/**
 * The pose of a face that lies turned in an upright box: quarter turns change width and height, and between them a face has
 * something of both.
 */
export function poseInBox({ x, y, width, height }: Box, roll: number): Pose {
  const [upright, lying] = [Math.cos(roll) ** 2, Math.sin(roll) ** 2];
  const [faceWidth, faceHeight] = [upright * width + lying * height, upright * height + lying * width];
  return { box: { x: x + (width - faceWidth) / 2, y: y + (height - faceHeight) / 2, width: faceWidth, height: faceHeight }, roll };
}

/** The difference of two angles, from -pi to pi. */
export function angleBetween(a: number, b: number): number {
  return Math.atan2(Math.sin(a - b), Math.cos(a - b));
}

const DEGREES = 180 / Math.PI;

export const toDegrees = (radians: number): number => radians * DEGREES;
export const toRadians = (degrees: number): number => degrees / DEGREES;
