/**
 * What a detection map should say, and how far it is from that, in plain TypeScript: a few thousand cells a picture.
 *
 *   - The score is a quality focal loss (Li et al. 2020): the target of a cell with a face is a quality, not 1. As in YuNet
 *     (Wu et al. 2023) quality is the geometric mean of "is a face" and the overlap of the cell's own box with the face's.
 *   - The box has a DIoU loss (Zheng et al. 2020): 1 - IoU + (distance of the centres / diagonal of the hull)^2.
 *   - The points have a smooth L1 loss (Girshick 2015) in units of the face's size.
 *   - A face belongs to the maps whose range its size is in, there to the cells nearest to its centre (centre sampling: FCOS,
 *     Tian et al. 2019); where two faces want a cell, the smaller has it.
 */
import { FACE, FACE_NUMBERS } from '../base/detection.ts';
import { CENTRE, cellCentre, LOGIT, POINTS, SIZE, unitOf } from '../faces/facegrid-code.ts';

export const DETECTION_PARTS = ['score', 'box', 'points'] as const;
export type DetectionParts = Record<(typeof DETECTION_PARTS)[number], number>;

/** What the parts weigh, per cell with a face. */
const WEIGHTS: DetectionParts = { score: 1, box: 2, points: 1 };

/** Square root of width x height in pixels of the faces that a map learns; where ranges overlap, both maps do. */
const RANGES: Record<number, readonly [number, number]> = { 8: [0, 44], 16: [34, 100], 32: [80, Infinity] };

/** Cells whose centre is this near to the face's, in strides along either axis, learn it; and inside this share of the box. */
const CENTRE_CELLS = 1.5;
const CENTRE_SHARE = 0.8;

/** Exponent of the focal factor (Li et al. 2020). */
const FOCUS = 2;

/** Where the points' smooth L1 turns from a parabola to a line, in sizes of the face. */
const SMOOTH = 0.05;

/** Logarithms of sizes beyond this are not believed: nothing overflows. */
const MAX_LOG = 6;

/** A detection map: [rows, columns, 15] of one picture. */
export interface DetectionMap {
  stride: number;
  rows: number;
  columns: number;
}

/** Indices of `faces` by cell: -1 background, -2 neither. */
export type Assignment = Int16Array;
export const BACKGROUND = -1;
export const IGNORED = -2;

/**
 * Which face each cell of a map learns.
 *
 * @param faces [n, FACE_NUMBERS] of one picture
 */
export function assign({ stride, rows, columns }: DetectionMap, faces: Float32Array): Assignment {
  const cells = new Int16Array(rows * columns).fill(BACKGROUND);
  const [least, most] = RANGES[stride];
  const numbers = Array.from({ length: faces.length / FACE_NUMBERS }, (_, i) => {
    const [x, y, width, height] = faces.subarray(i * FACE_NUMBERS + FACE.box, i * FACE_NUMBERS + FACE.box + 4);
    return { i, x, y, width, height, size: Math.sqrt(width * height), certain: faces[i * FACE_NUMBERS + FACE.certain] === 1 };
  });
  const paint = (value: number, x0: number, y0: number, x1: number, y1: number, mayPaint: (cell: number) => boolean) => {
    const first = (low: number) => Math.max(0, Math.ceil(low / stride - 0.5));
    const last = (high: number, count: number) => Math.min(count - 1, Math.floor(high / stride - 0.5));
    for (let row = first(y0); row <= last(y1, rows); row++) {
      for (let column = first(x0); column <= last(x1, columns); column++) {
        const cell = row * columns + column;
        if (mayPaint(cell)) cells[cell] = value;
      }
    }
  };
  // Whatever is unsure anywhere, and the middle of faces of other maps: a cell there that says "face" is not wrong.
  for (const { x, y, width, height, size, certain } of numbers) {
    if (!certain) paint(IGNORED, x, y, x + width, y + height, () => true);
    else if (size < least || size > most)
      paint(IGNORED, x + 0.25 * width, y + 0.25 * height, x + 0.75 * width, y + 0.75 * height, () => true);
  }
  for (const { i, x, y, width, height, size, certain } of numbers.sort((a, b) => b.size - a.size)) {
    if (!certain || size < least || size > most) continue;
    const [cx, cy] = [x + width / 2, y + height / 2];
    const reachX = Math.min(CENTRE_CELLS * stride, (CENTRE_SHARE * width) / 2);
    const reachY = Math.min(CENTRE_CELLS * stride, (CENTRE_SHARE * height) / 2);
    paint(i, cx - reachX, cy - reachY, cx + reachX, cy + reachY, () => true);
    // The nearest cell always.
    const [column, row] = [Math.floor(cx / stride), Math.floor(cy / stride)];
    if (column >= 0 && row >= 0 && column < columns && row < rows) cells[row * columns + column] = i;
  }
  return cells;
}

/**
 * Loss of one map of one picture; the map is replaced by the loss's gradient.
 *
 * @param map [rows, columns, channels], as the network gives it
 * @param share what one cell's loss weighs, such as 1 / (cells with faces)
 */
export function mapLoss(
  map: Float32Array,
  { stride, rows, columns }: DetectionMap,
  cells: Assignment,
  faces: Float32Array,
  share: number,
  parts: DetectionParts,
): void {
  const channels = map.length / (rows * columns);
  for (let cell = 0; cell < rows * columns; cell++) {
    const at = map.subarray(cell * channels, (cell + 1) * channels);
    const index = cells[cell];
    if (index === IGNORED) {
      at.fill(0);
      continue;
    }
    const logit = at[LOGIT];
    let quality = 0;
    if (index >= 0) {
      const face = faces.subarray(index * FACE_NUMBERS, (index + 1) * FACE_NUMBERS);
      const x = cellCentre(cell % columns, stride);
      const y = cellCentre(Math.floor(cell / columns), stride);
      const overlap = boxLoss(at, x, y, unitOf(stride), face.subarray(FACE.box), share * WEIGHTS.box, parts);
      pointsLoss(at, x, y, unitOf(stride), face, share * WEIGHTS.points, parts);
      quality = Math.sqrt(overlap);
    } else at.fill(0);
    scoreLoss(at, logit, quality, share * WEIGHTS.score, parts);
  }
}

/** |q - p|^2 times the cross entropy of p = sigmoid(logit) with q. */
function scoreLoss(d: Float32Array, logit: number, quality: number, weight: number, parts: DetectionParts): void {
  const score = 1 / (1 + Math.exp(-logit));
  // log(1 + e^-|z|) never overflows.
  const entropy = Math.max(logit, 0) - logit * quality + Math.log1p(Math.exp(-Math.abs(logit)));
  const gap = score - quality;
  const factor = Math.abs(gap) ** FOCUS;
  parts.score += weight * factor * entropy;
  const dFactor = FOCUS * Math.abs(gap) ** (FOCUS - 1) * Math.sign(gap) * score * (1 - score);
  d[LOGIT] = weight * (dFactor * entropy + factor * gap);
}

/** Replaces the box's numbers by their gradient. @returns the IoU */
function boxLoss(
  d: Float32Array,
  cellX: number,
  cellY: number,
  unit: number,
  target: Float32Array,
  weight: number,
  parts: DetectionParts,
): number {
  const logs = [d[SIZE], d[SIZE + 1]].map((log) => Math.min(Math.max(log, -MAX_LOG), MAX_LOG));
  const centre = [cellX + d[CENTRE] * unit, cellY + d[CENTRE + 1] * unit];
  const size = logs.map((log) => unit * Math.exp(log));
  const low = [0, 1].map((axis) => centre[axis] - size[axis] / 2);
  const high = [0, 1].map((axis) => centre[axis] + size[axis] / 2);
  const tLow = [target[0], target[1]];
  const tSize = [target[2], target[3]];
  const tHigh = [0, 1].map((axis) => tLow[axis] + tSize[axis]);

  const common = [0, 1].map((axis) => Math.max(0, Math.min(high[axis], tHigh[axis]) - Math.max(low[axis], tLow[axis])));
  const intersection = common[0] * common[1];
  const union = size[0] * size[1] + tSize[0] * tSize[1] - intersection;
  const iou = intersection / union;
  const hull = [0, 1].map((axis) => Math.max(high[axis], tHigh[axis]) - Math.min(low[axis], tLow[axis]));
  const diagonal = hull[0] ** 2 + hull[1] ** 2;
  const gap = [0, 1].map((axis) => centre[axis] - (tLow[axis] + tSize[axis] / 2));
  const distance = gap[0] ** 2 + gap[1] ** 2;
  parts.box += weight * (1 - iou + distance / diagonal);

  for (const axis of [0, 1]) {
    const other = 1 - axis;
    // What moving either edge outward does to the sides of intersection, box and hull.
    const edges = [
      { sign: -1, inside: common[axis] > 0 && low[axis] > tLow[axis], outer: low[axis] < tLow[axis] },
      { sign: 1, inside: common[axis] > 0 && high[axis] < tHigh[axis], outer: high[axis] > tHigh[axis] },
    ];
    const dEdges = edges.map(({ sign, inside, outer }) => {
      const dIntersection = inside ? sign * common[other] : 0;
      const dUnion = sign * size[other] - dIntersection;
      const dIou = (dIntersection - iou * dUnion) / union;
      const dDiagonal = outer ? 2 * hull[axis] * sign : 0;
      return -dIou - (distance * dDiagonal) / diagonal ** 2;
    });
    const dCentre = dEdges[0] + dEdges[1] + (2 * gap[axis]) / diagonal;
    const dSize = (dEdges[1] - dEdges[0]) / 2;
    d[CENTRE + axis] = weight * dCentre * unit;
    d[SIZE + axis] = Math.abs(d[SIZE + axis]) > MAX_LOG ? 0 : weight * dSize * size[axis];
  }
  return iou;
}

/** Replaces the points' numbers by their gradient. */
function pointsLoss(
  d: Float32Array,
  cellX: number,
  cellY: number,
  unit: number,
  face: Float32Array,
  weight: number,
  parts: DetectionParts,
): void {
  const size = Math.sqrt(face[FACE.box + 2] * face[FACE.box + 3]);
  const each = weight / 10;
  for (let i = 0; i < 10; i++) {
    const place = (i % 2 === 0 ? cellX : cellY) + d[POINTS + i] * unit;
    const gap = (place - face[FACE.points + i]) / size;
    const far = Math.abs(gap);
    parts.points += each * (far < SMOOTH ? (gap * gap) / (2 * SMOOTH) : far - SMOOTH / 2);
    d[POINTS + i] = (each * (far < SMOOTH ? gap / SMOOTH : Math.sign(gap)) * unit) / size;
  }
}
