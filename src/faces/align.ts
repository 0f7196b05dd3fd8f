// How a face is turned: the similarity that lays a shape over the points that were found of it.

/** Points x y x y ... */
type Points = ArrayLike<number>;

/** The five points of an upright face, as detectors give them and face recognition aligns them: ArcFace's, in its crop of 112 pixels. */
export const FIVE_POINTS: Points = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041];
/** The side of that crop. */
export const ARCFACE_SIZE = 112;

/** What a similarity does to a shape, and how well it fits. */
export interface Similarity {
  scale: number;
  /** Radians, clockwise as the picture is seen (y grows downwards), from -pi to pi. */
  roll: number;
  /** Where the shape's origin comes to lie. */
  x: number;
  y: number;
  /** Root of the mean squared distance that remains, in units of the points' own spread: 0 where both are the same shape, 1 where they have nothing in common. */
  residual: number;
}

/** Rounds of weights anew: points that lie far off count less each time. */
const ROUNDS = 3;

/**
 * Turns, scales and shifts a shape onto points, by least squares (Umeyama 1991, for the plane), weighted; points far from
 * where the shape has them count less (iterated, with Cauchy's weights), so that a few wrong ones turn nothing.
 *
 * @param shape as many points as there are
 * @param weights of the points; all the same by default
 */
export function fitSimilarity(shape: Points, points: Points, weights?: ArrayLike<number>): Similarity {
  const count = points.length / 2;
  const trust = Float64Array.from({ length: count }, (_, i) => Math.max(weights?.[i] ?? 1, 1e-3));
  let current = trust;
  let fit = leastSquares(shape, points, current);
  for (let round = 0; round < ROUNDS; round++) {
    const distances = Float64Array.from({ length: count }, (_, i) => distanceAt(fit, shape, points, i));
    const usual = [...distances].sort((a, b) => a - b)[count >> 1] || 1;
    current = trust.map((weight, i) => weight / (1 + (distances[i] / (2 * usual)) ** 2));
    fit = leastSquares(shape, points, current);
  }
  const { cos, sin, shiftX: x, shiftY: y, residual } = fit;
  return { scale: Math.hypot(cos, sin), roll: Math.atan2(sin, cos), x, y, residual };
}

/** A similarity: x' = cos x - sin y + shiftX, y' = sin x + cos y + shiftY. */
export interface Fit {
  cos: number;
  sin: number;
  shiftX: number;
  shiftY: number;
  residual: number;
}

/** The similarity that brings a shape nearest to points, without any doubt of them (Umeyama 1991). */
export function leastSquares(shape: Points, points: Points, weights: Float64Array = new Float64Array(points.length / 2).fill(1)): Fit {
  let [sum, shapeX, shapeY, pointX, pointY] = [0, 0, 0, 0, 0];
  weights.forEach((weight, i) => {
    sum += weight;
    shapeX += weight * shape[2 * i];
    shapeY += weight * shape[2 * i + 1];
    pointX += weight * points[2 * i];
    pointY += weight * points[2 * i + 1];
  });
  [shapeX, shapeY, pointX, pointY] = [shapeX, shapeY, pointX, pointY].map((value) => value / sum);
  let [dot, cross, shapeSquare, pointSquare] = [0, 0, 0, 0];
  weights.forEach((weight, i) => {
    const [a, b] = [shape[2 * i] - shapeX, shape[2 * i + 1] - shapeY];
    const [x, y] = [points[2 * i] - pointX, points[2 * i + 1] - pointY];
    dot += weight * (a * x + b * y);
    cross += weight * (a * y - b * x);
    shapeSquare += weight * (a * a + b * b);
    pointSquare += weight * (x * x + y * y);
  });
  const [cos, sin] = shapeSquare > 0 ? [dot / shapeSquare, cross / shapeSquare] : [1, 0];
  const explained = shapeSquare > 0 && pointSquare > 0 ? (dot * dot + cross * cross) / (shapeSquare * pointSquare) : 0;
  return {
    cos,
    sin,
    shiftX: pointX - cos * shapeX + sin * shapeY,
    shiftY: pointY - sin * shapeX - cos * shapeY,
    residual: Math.sqrt(Math.max(0, 1 - explained)),
  };
}

function distanceAt({ cos, sin, shiftX, shiftY }: Fit, shape: Points, points: Points, i: number): number {
  const [a, b] = [shape[2 * i], shape[2 * i + 1]];
  return Math.hypot(cos * a - sin * b + shiftX - points[2 * i], sin * a + cos * b + shiftY - points[2 * i + 1]);
}
