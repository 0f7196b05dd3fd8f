import { expect, test } from 'vitest';
import { DetectionScore } from '../../src/evaluate/detection.ts';

const box = (x: number, side = 40) => ({ x, y: 0, width: side, height: side });
const face = (x: number, { side = 40, roll = 0, certain = true } = {}) => ({ box: box(x, side), roll, certain });

test('one box a face: a second one is a false alarm, one on an unsure face is nothing', () => {
  const score = new DetectionScore(0.5);
  score.add(
    [face(0), face(100), face(200, { certain: false })],
    [
      { box: box(2), score: 0.9 },
      { box: box(4), score: 0.8 },
      { box: box(202), score: 0.7 },
      { box: box(100), score: 0.3 },
    ],
  );
  const { faces, found, falseAlarms, recall, precision, averagePrecision } = score.result();
  expect({ faces, found, falseAlarms, recall, precision }).toEqual({ faces: 2, found: 1, falseAlarms: 1, recall: 0.5, precision: 0.5 });
  // Right at 0.9, wrong at 0.8, right at 0.3: precisions 1 and 2/3.
  expect(averagePrecision).toBeCloseTo((1 + 2 / 3) / 2);
});

test('groups by size and by angle hold every face once', () => {
  const score = new DetectionScore(0.5);
  const faces = [face(0, { side: 12 }), face(100, { side: 25, roll: Math.PI / 4 }), face(200, { side: 300, roll: -Math.PI })];
  score.add(faces, [{ box: faces[2].box, score: 0.6 }]);
  const { bySize, byAngle } = score.result();
  for (const groups of [bySize, byAngle]) expect(groups.reduce((sum, group) => sum + group.faces, 0)).toBe(3);
  expect(bySize.find(({ found }) => found > 0)?.label).toBe('120 px and more');
  expect(byAngle.find(({ found }) => found > 0)?.label).toBe('135 degrees and more');
});

test('no picture, no face: nothing is divided by nothing', () => {
  expect(new DetectionScore(0.5).result()).toMatchObject({ recall: 0, precision: 0, averagePrecision: 0 });
});
