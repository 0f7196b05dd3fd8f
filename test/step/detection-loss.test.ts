import { expect, test } from 'vitest';
import { CENTRE, cellCentre, LOGIT, POINTS, SIZE, unitOf } from '../../src/faces/facegrid-code.ts';
import { between, randomFrom } from '../../src/base/random.ts';
import { FACE_NUMBERS } from '../../src/base/detection.ts';
import { assign, BACKGROUND, DETECTION_PARTS, IGNORED, mapLoss } from '../../src/step/detection-loss.ts';

const MAP = { stride: 16, rows: 6, columns: 7 };
const CHANNELS = 15;

function face(x: number, y: number, width: number, height: number, certain = 1): number[] {
  const points = [0.3, 0.35, 0.7, 0.35, 0.5, 0.6, 0.35, 0.8, 0.65, 0.8].map((unit, i) => (i % 2 ? y + unit * height : x + unit * width));
  return [0, certain, x, y, width, height, ...points];
}

const faces = Float32Array.from([...face(10, 15, 40, 52), ...face(60, 30, 45, 45), ...face(70, 70, 20, 20, 0)]);

function lossOf(values: Float32Array, share: number) {
  const parts = { score: 0, box: 0, points: 0 };
  const gradient = Float32Array.from(values);
  mapLoss(gradient, MAP, assign(MAP, faces), faces, share, parts);
  return { parts, gradient, loss: DETECTION_PARTS.reduce((sum, part) => sum + parts[part], 0) };
}

test('gradients are those of finite differences', () => {
  const random = randomFrom(1);
  const values = Float32Array.from({ length: MAP.rows * MAP.columns * CHANNELS }, () => between(random, -0.8, 0.8));
  const { gradient } = lossOf(values, 1);
  const cells = assign(MAP, faces);
  const step = 2 ** -9;
  let compared = 0;
  values.forEach((value, i) => {
    // The quality that a score aims at is a constant to the box.
    const channel = i % CHANNELS;
    const part = channel === LOGIT ? 'score' : channel < POINTS ? 'box' : 'points';
    const at = (moved: number) => {
      const changed = Float32Array.from(values);
      changed[i] = moved;
      return lossOf(changed, 1).parts[part];
    };
    const difference = (at(value + step) - at(value - step)) / (2 * step);
    expect(Math.abs(gradient[i] - difference), `number ${channel} of cell ${Math.floor(i / CHANNELS)}`).toBeLessThan(
      0.02 * Math.abs(difference) + 2e-3,
    );
    if (channel > 0 && cells[Math.floor(i / CHANNELS)] >= 0) compared++;
  });
  expect(compared).toBeGreaterThan(14 * 8);
});

test('a map that says exactly what is there has no loss of boxes and points', () => {
  const values = new Float32Array(MAP.rows * MAP.columns * CHANNELS);
  const cells = assign(MAP, faces);
  const unit = unitOf(MAP.stride);
  cells.forEach((index, cell) => {
    values[cell * CHANNELS + LOGIT] = index >= 0 ? 30 : -30;
    if (index < 0) return;
    const [, , x, y, width, height, ...points] = faces.subarray(index * FACE_NUMBERS, (index + 1) * FACE_NUMBERS);
    const [cx, cy] = [cellCentre(cell % MAP.columns, MAP.stride), cellCentre(Math.floor(cell / MAP.columns), MAP.stride)];
    values[cell * CHANNELS + CENTRE] = (x + width / 2 - cx) / unit;
    values[cell * CHANNELS + CENTRE + 1] = (y + height / 2 - cy) / unit;
    values[cell * CHANNELS + SIZE] = Math.log(width / unit);
    values[cell * CHANNELS + SIZE + 1] = Math.log(height / unit);
    points.forEach((place, i) => (values[cell * CHANNELS + POINTS + i] = (place - (i % 2 ? cy : cx)) / unit));
  });
  const { parts } = lossOf(values, 1);
  for (const part of DETECTION_PARTS) expect(parts[part]).toBeLessThan(1e-4);
});

test('cells: the nearest to a face learn it, the smaller face first; what is unsure is left out', () => {
  const cells = assign(MAP, faces);
  const count = (index: number) => cells.filter((cell) => cell === index).length;
  expect(count(0)).toBeGreaterThan(3);
  expect(count(1)).toBeGreaterThan(3);
  expect(count(2)).toBe(0);
  expect(count(IGNORED)).toBeGreaterThan(0);
  expect(count(BACKGROUND)).toBeGreaterThan(20);
  // A face of another map's size has no cell of this one; the tiniest one has one.
  expect(assign(MAP, Float32Array.from(face(10, 10, 12, 12))).filter((cell) => cell >= 0)).toHaveLength(0);
  expect(assign({ stride: 8, rows: 12, columns: 12 }, Float32Array.from(face(33, 33, 6, 6))).filter((cell) => cell >= 0)).toHaveLength(1);
});
