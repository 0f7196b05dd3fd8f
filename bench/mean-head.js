/**
 * Makes the mean head of src/track/mean-head.ts from faces with 68 landmarks in 300W's order: structure from motion, all
 * people's faces taken for pictures of one rigid, symmetric head. It does what Tomasi and Kanade's factorisation does, by
 * turns: each face's pose with the head as it is, then each point of the head with the poses as they are.
 *
 *   node bench/mean-head.js <list> ...
 */
import { knownFlipTable } from '../dist/augment/flip-table.js';
import { landmarkBox } from '../dist/base/crop-rules.js';
import { mean, median } from '../dist/base/statistics.js';
import { readList } from '../dist/files/read-list.js';
import { fitHead, transform } from '../dist/track/fit-head.js';

const POINTS = 68;
const MAX_ROUNDS = 40;
/** Points that move by less have arrived. */
const ARRIVED = 5e-4;
/** The outer corners of the eyes, whose distance is the head's unit. */
const [RIGHT_EYE, LEFT_EYE] = [36, 45];
/** How far away photographers stand: units of the head, about 90 mm. */
const DISTANCE = 10;
/** A face's box is about so many units. */
const BOX = 1.7;
/** No point counts for more than if it strayed by this. */
const LEAST_SPREAD = 0.02;
/**
 * Where the nose ends above the lip, its tip, and how far these are apart: 19.5 mm where the eyes' corners are 91 (Farkas,
 * Anthropometry of the Head and Face, 1994). What comes out is flatter than heads are: that people differ, that they laugh,
 * and that the far side of a face is labelled where it is last seen is noise to a rigid head, and noise in poses flattens.
 * Means of hundreds of faces that are turned alike, in which people's differences cancel, have the tip 0.45 to 0.50 in front
 * of the eyes too (by how much nearer together the eyes' corners are there).
 */
const NOSE = [33, 30];
const NOSE_LENGTH = 0.214;

const partners = knownFlipTable(POINTS);
const faces = (await Promise.all(process.argv.slice(2).map(readList))).flat().map(({ points }) => {
  const { x, y, width, height } = landmarkBox(points);
  return { points, camera: { focalLength: (DISTANCE * Math.max(width, height)) / BOX, x: x + width / 2, y: y + height / 2 } };
});
if (faces.length === 0) {
  console.error('usage: node bench/mean-head.js <list of faces with 68 landmarks> ...');
  process.exit(1);
}

const sure = new Float64Array(POINTS).fill(1);
let head = firstGuess();
let matrices = [];
for (let [round, change] = [1, 1]; round <= MAX_ROUNDS && change > ARRIVED; round++) {
  matrices = faces.map(({ points, camera }, i) => fitHead(head, points, sure, camera, matrices[i]));
  const before = head;
  head = normalised(improved());
  change = Math.max(...head.points.map((value, i) => Math.abs(value - before.points[i])));
  const usual = median(matrices.map((_, face) => mean(straysOf(face, head.points))));
  console.error(`round ${round}: points moved by up to ${change.toFixed(4)}, landmarks are off by ${usual.toFixed(4)}`);
}
const deeper = depthOfNose();
console.error(`depths times ${deeper.toFixed(3)}, so that the nose is as long as noses are`);
for (let i = 0; i < POINTS; i++) {
  const [x, y, z] = head.points.subarray(3 * i, 3 * i + 3);
  const row = [x, y, deeper * z, head.spread[i]].map((value) => value.toFixed(3).replace('-0.000', '0.000'));
  console.log(`  [${row.map(Number).join(', ')}],`);
}

/** The mean of faces, each as large and as upright as the others, bent as if it lay on a ball. */
function firstGuess() {
  const points = new Float64Array(3 * POINTS);
  for (const { points: face } of faces) {
    const [x, y] = [(face[2 * RIGHT_EYE] + face[2 * LEFT_EYE]) / 2, (face[2 * RIGHT_EYE + 1] + face[2 * LEFT_EYE + 1]) / 2];
    const [a, b] = [face[2 * LEFT_EYE] - face[2 * RIGHT_EYE], face[2 * LEFT_EYE + 1] - face[2 * RIGHT_EYE + 1]];
    for (let i = 0; i < POINTS; i++) {
      const [dx, dy] = [face[2 * i] - x, face[2 * i + 1] - y];
      points[3 * i] += (a * dx + b * dy) / (a * a + b * b) / faces.length;
      points[3 * i + 1] += (a * dy - b * dx) / (a * a + b * b) / faces.length;
    }
  }
  for (let i = 0; i < POINTS; i++) points[3 * i + 2] = points[3 * i] ** 2 + 0.3 * (points[3 * i + 1] - 0.5) ** 2;
  return { points, spread: new Float64Array(POINTS).fill(0.1) };
}

/** How much deeper the head has to be for its nose to be as long as noses are. */
function depthOfNose() {
  const [base, tip] = NOSE.map((i) => head.points.subarray(3 * i, 3 * i + 3));
  return Math.sqrt(NOSE_LENGTH ** 2 - (tip[1] - base[1]) ** 2) / Math.abs(tip[2] - base[2]);
}

/** Each point where it is nearest to what all faces have seen of it and, mirrored, of its partner; far ones count less. */
function improved() {
  const points = new Float64Array(3 * POINTS);
  for (let i = 0; i < POINTS; i++) {
    const normal = new Float64Array(9);
    const right = new Float64Array(3);
    for (let face = 0; face < faces.length; face++) {
      addEquations(normal, right, face, i, 1);
      addEquations(normal, right, face, partners[i], -1);
    }
    points.set(solve(normal, right), 3 * i);
  }
  const strays = matrices.map((_, face) => straysOf(face, points));
  const spread = head.spread.map((_, i) => Math.max(LEAST_SPREAD, median(strays.flatMap((of) => [of[i], of[partners[i]]]))));
  return { points, spread };
}

/** The lines of sight as two equations each: the camera sees u z = x, v z = y. */
function addEquations(normal, right, face, i, side) {
  const [matrix, [u, v]] = [matrices[face], raysOf(face, i)];
  const stray = strayOf(face, i, head.points);
  const weight = 1 / (1 + (stray / (2 * head.spread[i])) ** 2);
  for (const [row, ray] of [
    [0, u],
    [4, v],
  ]) {
    const equation = [0, 1, 2].map((axis) => (axis === 0 ? side : 1) * (matrix[row + axis] - ray * matrix[8 + axis]));
    const value = ray * matrix[11] - matrix[row + 3];
    for (let a = 0; a < 3; a++) {
      right[a] += weight * equation[a] * value;
      for (let b = 0; b < 3; b++) normal[3 * a + b] += weight * equation[a] * equation[b];
    }
  }
}

/** By Cramer's rule. */
function solve([a, b, c, d, e, f, g, h, i], [x, y, z]) {
  const determinant = (a, b, c, d, e, f, g, h, i) => a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const whole = determinant(a, b, c, d, e, f, g, h, i);
  return [
    determinant(x, b, c, y, e, f, z, h, i) / whole,
    determinant(a, x, c, d, y, f, g, z, i) / whole,
    determinant(a, b, x, d, e, y, g, h, z) / whole,
  ];
}

function raysOf(face, i) {
  const { points, camera } = faces[face];
  return [(points[2 * i] - camera.x) / camera.focalLength, (points[2 * i + 1] - camera.y) / camera.focalLength];
}

/** How far a landmark lies from where the head's point is seen, in units of the head. */
function strayOf(face, i, points) {
  const [x, y, z] = transform(matrices[face], points, i);
  const [u, v] = raysOf(face, i);
  return matrices[face][11] * Math.hypot(x / z - u, y / z - v);
}

function straysOf(face, points) {
  return Array.from({ length: POINTS }, (_, i) => strayOf(face, i, points));
}

/** The head with the outer corners of the eyes at x = -0.5 and 0.5, y = 0, z = 0, looking where faces look on the whole. */
function normalised({ points, spread }) {
  const size = 2 * points[3 * LEFT_EYE];
  const tilt = median(matrices.map((matrix) => Math.atan2(matrix[9], Math.hypot(matrix[8], matrix[10]))));
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  const moved = points.map((_, at) => {
    const i = 3 * Math.floor(at / 3);
    const [x, y, z] = [0, 1, 2].map((axis) => (points[i + axis] - (axis === 0 ? 0 : points[3 * LEFT_EYE + axis])) / size);
    return [x, cos * y - sin * z, sin * y + cos * z][at - i];
  });
  return { points: moved, spread: spread.map((value) => value / size) };
}
