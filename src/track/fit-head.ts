// Where a head is, by its landmarks: the rotation and shift under which a pinhole camera shows a rigid head as near to them
// as can be (Levenberg-Marquardt on the reprojection error, with Cauchy's loss).
import { leastSquares } from '../faces/align.ts';

/** A rigid head: x y z of each point, and how far each strays from there on real faces, all in units of the head. */
export interface Head {
  points: Float64Array;
  spread: Float64Array;
}

/** A camera without distortion: a point (x, y, z) of its frame, z > 0, is seen at (`x` + `focalLength` x / z, `y` + `focalLength` y / z). */
export interface Camera {
  /** Pixels. */
  focalLength: number;
  /** The principal point, in pixels. */
  x: number;
  y: number;
}

/** What a head is fitted to: as camera x / z and y / z of each point, and how much each counts. */
interface Seen extends Head {
  rays: Float64Array;
  trust: Float64Array;
}

/** Fits, the second with the loss that suits what remained after the first: only then is it known which points are wrong. */
const PASSES = 2;
/** Points that stray by this many times the usual count half. */
const HALF = 2;
/** A landmark that is sure of nothing counts a little, so that a face of such has a pose. */
const LEAST_SCORE = 0.02;

const FIRST_DAMPING = 1e-3;
const MAX_STEPS = 20;
/** A step of so many radians and head units is the last: 0.06 degrees, of which it leaves a quarter or less. */
const SMALL = 1e-3;
/** Turns about x, y, z, shifts along them. */
const UNKNOWNS = 6;

/**
 * Finds the matrix that takes points of the head into the camera's frame.
 *
 * @param points x y x y ... in pixels, in the head's order, not all in one place
 * @param scores of the points, 0 to 1: how much each counts
 * @param start a matrix that is nearly right, such as that of the frame before; without one, the search begins with a face
 *   that looks into the camera
 * @returns [3, 4], row by row: a rotation and a shift
 */
export function fitHead(
  head: Head,
  points: ArrayLike<number>,
  scores: ArrayLike<number>,
  camera: Camera,
  start?: ArrayLike<number>,
): Float64Array {
  const rays = new Float64Array(points).map((value, i) => (value - (i % 2 === 0 ? camera.x : camera.y)) / camera.focalLength);
  const trust = head.spread.map((_, i) => Math.max(scores[i], LEAST_SCORE));
  const seen = { ...head, rays, trust };
  let matrix = start ? Float64Array.from(start) : facing(seen);
  for (let pass = 0; pass < PASSES; pass++) matrix = descend(seen, matrix, HALF * Math.max(1, usualStray(seen, matrix)));
  return matrix;
}

/** The head as if it looked into the camera, where the points are. */
function facing({ points, rays, trust }: Seen): Float64Array {
  const shape = rays.map((_, i) => points[3 * (i >> 1) + (i % 2)]);
  const { cos, sin, shiftX, shiftY } = leastSquares(shape, rays, trust);
  const z = 1 / Math.hypot(cos, sin);
  return Float64Array.of(z * cos, -z * sin, 0, z * shiftX, z * sin, z * cos, 0, z * shiftY, 0, 0, 1, z);
}

/** The middle one of the points' distances from where the head has them, in their spreads. */
function usualStray({ points, spread, rays }: Seen, matrix: Float64Array): number {
  const strays = spread.map((unit, i) => {
    const [x, y, z] = transform(matrix, points, i);
    return (matrix[11] * Math.hypot(x / z - rays[2 * i], y / z - rays[2 * i + 1])) / unit;
  });
  return strays.sort()[strays.length >> 1];
}

/** Levenberg-Marquardt: the matrix near `start` of the least loss. */
function descend(seen: Seen, start: Float64Array, half: number): Float64Array {
  const unit = start[11];
  let at = linearise(seen, start, half, unit);
  let damping = FIRST_DAMPING;
  for (let taken = 0; taken < MAX_STEPS; taken++) {
    const step = solve(at.normal, at.slope, damping);
    const next = linearise(seen, moved(at.matrix, step), half, unit);
    if (next.loss < at.loss) {
      at = next;
      damping /= 10;
    } else damping *= 10;
    if (step.every((value) => Math.abs(value) < SMALL)) break;
  }
  return at.matrix;
}

/** The loss at a matrix, and its slope and curvature (Gauss-Newton's) by turns and shifts. */
interface Linear {
  matrix: Float64Array;
  loss: number;
  slope: Float64Array;
  /** [6, 6], the lower half. */
  normal: Float64Array;
}

/** @param unit distance from the camera at which the points' distances are measured */
function linearise({ points, spread, rays, trust }: Seen, matrix: Float64Array, half: number, unit: number): Linear {
  const slope = new Float64Array(UNKNOWNS);
  const normal = new Float64Array(UNKNOWNS * UNKNOWNS);
  const rowX = new Float64Array(UNKNOWNS);
  const rowY = new Float64Array(UNKNOWNS);
  let loss = 0;
  for (let i = 0; i < trust.length; i++) {
    const [p, q, r] = [points[3 * i], points[3 * i + 1], points[3 * i + 2]];
    // Turns are about the head's origin.
    const a = matrix[0] * p + matrix[1] * q + matrix[2] * r;
    const b = matrix[4] * p + matrix[5] * q + matrix[6] * r;
    const c = matrix[8] * p + matrix[9] * q + matrix[10] * r;
    const z = c + matrix[11];
    // Behind the camera nothing is seen.
    if (z <= 0) return { matrix, loss: Infinity, slope, normal };
    const [u, v, scale] = [(a + matrix[3]) / z, (b + matrix[7]) / z, unit / spread[i]];
    const [errorX, errorY] = [scale * (u - rays[2 * i]), scale * (v - rays[2 * i + 1])];
    const squared = (errorX * errorX + errorY * errorY) / (half * half);
    loss += trust[i] * Math.log1p(squared);
    const [weight, k] = [trust[i] / (1 + squared), scale / z];
    [rowX[0], rowX[1], rowX[2], rowX[3], rowX[5]] = [-k * u * b, k * (c + u * a), -k * b, k, -k * u];
    [rowY[0], rowY[1], rowY[2], rowY[4], rowY[5]] = [-k * (c + v * b), k * v * a, k * a, k, -k * v];
    for (let row = 0; row < UNKNOWNS; row++) {
      const [x, y] = [weight * rowX[row], weight * rowY[row]];
      slope[row] += x * errorX + y * errorY;
      for (let column = 0; column <= row; column++) normal[UNKNOWNS * row + column] += x * rowX[column] + y * rowY[column];
    }
  }
  return { matrix, loss, slope, normal };
}

/** A point of the head in the camera's frame. */
export function transform(matrix: ArrayLike<number>, points: Float64Array, i: number): [x: number, y: number, z: number] {
  const [x, y, z] = [points[3 * i], points[3 * i + 1], points[3 * i + 2]];
  const row = (at: number) => matrix[at] * x + matrix[at + 1] * y + matrix[at + 2] * z + matrix[at + 3];
  return [row(0), row(4), row(8)];
}

/** The matrix after a turn about the head's origin, as a vector of radians along its axis (Rodrigues), and a shift. */
function moved(matrix: Float64Array, [x, y, z, ...shift]: Float64Array): Float64Array {
  const angle = Math.hypot(x, y, z);
  const [sine, rest] = angle > 0 ? [Math.sin(angle) / angle, (1 - Math.cos(angle)) / (angle * angle)] : [1, 0];
  const turn = [
    [1 - rest * (y * y + z * z), rest * x * y - sine * z, rest * x * z + sine * y],
    [rest * x * y + sine * z, 1 - rest * (x * x + z * z), rest * y * z - sine * x],
    [rest * x * z - sine * y, rest * y * z + sine * x, 1 - rest * (x * x + y * y)],
  ];
  return matrix.map((value, i) => {
    const [row, column] = [i >> 2, i & 3];
    if (column === 3) return value + shift[row];
    return turn[row][0] * matrix[column] + turn[row][1] * matrix[4 + column] + turn[row][2] * matrix[8 + column];
  });
}

/** Solves (normal + damping times its diagonal) step = -slope, by Cholesky's decomposition. */
function solve(normal: Float64Array, slope: Float64Array, damping: number): Float64Array {
  const lower = normal.slice();
  const step = slope.map((value) => -value);
  for (let i = 0; i < UNKNOWNS; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = normal[UNKNOWNS * i + j] * (i === j ? 1 + damping : 1);
      for (let k = 0; k < j; k++) sum -= lower[UNKNOWNS * i + k] * lower[UNKNOWNS * j + k];
      lower[UNKNOWNS * i + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / lower[UNKNOWNS * j + j];
    }
    for (let k = 0; k < i; k++) step[i] -= lower[UNKNOWNS * i + k] * step[k];
    step[i] /= lower[UNKNOWNS * i + i];
  }
  for (let i = UNKNOWNS - 1; i >= 0; i--) {
    for (let k = i + 1; k < UNKNOWNS; k++) step[i] -= lower[UNKNOWNS * k + i] * step[k];
    step[i] /= lower[UNKNOWNS * i + i];
  }
  return step;
}
