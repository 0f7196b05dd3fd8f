import { describe, expect, it } from 'vitest';
import { CROP_RULES, supervisedCrop } from '../../src/base/crop-rules.ts';
import { detectorCrop, exactCrop } from '../../src/faces/crop.ts';
import { intersectionOverUnion, nonMaximumSuppression } from '../../src/faces/nms.ts';
import { decode } from '../../src/pip/decode.ts';
import { findNeighbours } from '../../src/pip/neighbours.ts';

describe('crops', () => {
  it('of true landmarks: margins on all sides, nothing rounded', () => {
    expect(supervisedCrop({ x: 10, y: 20, width: 100, height: 50 }, CROP_RULES['300w'])).toEqual({ x: 5, y: 17.5, width: 110, height: 55 });
  });

  it('of a detector: top moved down, whole pixels, clipped', () => {
    const box = { x: 30.9, y: 40.2, width: 100.3, height: 120.1 };
    // From 30,40 to 131,160: margins of 10 and 12 pixels.
    expect(detectorCrop(box, CROP_RULES.detector, 1000, 1000)!.box).toEqual({ x: 20, y: 52, width: 121, height: 120 });
    expect(detectorCrop(box, CROP_RULES.detector, 100, 100)!.box).toEqual({ x: 20, y: 52, width: 80, height: 48 });
    expect(detectorCrop(box, CROP_RULES.detector, 21, 1000)).toBeUndefined();
  });

  it('sampling grids', () => {
    expect(exactCrop({ x: 5, y: 6, width: 128, height: 64 }).grid(256)).toEqual({
      x: 5,
      stepX: 0.5,
      turnX: 0,
      y: 6,
      turnY: 0,
      stepY: 0.25,
    });
    // 4 pixels to 2: each output pixel's centre lies between two pixels.
    expect(detectorCrop({ x: 0, y: 0, width: 5, height: 5 }, { margin: 0, top: 'out' }, 10, 10)!.grid(2)).toEqual({
      x: 0.5,
      stepX: 2,
      turnX: 0,
      y: 0.5,
      turnY: 0,
      stepY: 2,
    });
  });
});

describe('non-maximum suppression', () => {
  const face = (x: number, score: number) => ({ box: { x, y: 0, width: 9, height: 9 }, score });
  it('counts a box of width 9 as 10 pixels', () => {
    expect(intersectionOverUnion(face(0, 1).box, face(5, 1).box)).toBeCloseTo(50 / 150);
    expect(intersectionOverUnion(face(0, 1).box, face(10, 1).box)).toBe(0);
  });
  it('keeps the best of those that overlap', () => {
    expect(nonMaximumSuppression([face(5, 0.7), face(0, 0.9), face(40, 0.8)], 0.3)).toEqual([face(0, 0.9), face(40, 0.8)]);
    expect(nonMaximumSuppression([face(5, 0.7), face(0, 0.9)], 0.4)).toHaveLength(2);
  });
});

describe('neighbour regression', () => {
  // On a line: 0 and 1 are near each other, 2 is nearer to 1, 3 to 2.
  const meanFace = [0, 0, 0.1, 0, 0.3, 0, 0.6, 0];
  it('finds neighbours and voters, whose lists are filled up cyclically', () => {
    const { of, voters } = findNeighbours(meanFace, 1);
    expect(of).toEqual([[1], [0], [1], [2]]);
    const by = (...landmarks: number[]) => landmarks.map((landmark) => ({ landmark, place: 0 }));
    expect(voters).toEqual([by(1, 1), by(0, 2), by(3, 3), []]);
  });

  it('averages what a landmark and its voters say', () => {
    const neighbours = findNeighbours(meanFace, 1);
    const cells = Int32Array.of(0, 1, 2, 3);
    // x, y, neighbour's x, neighbour's y; cells of a map of 2 x 2.
    const offsets = Float32Array.of(0.5, 0.5, 0, 0, 0.5, 0.5, 1, 1, 0.5, 0.5, 0, 0, 0.5, 0.5, -1, 0);
    const { own, merged } = decode({ columns: 2, rows: 2, cells, scores: new Float32Array(4), offsets }, neighbours);
    expect([...own]).toEqual([0.25, 0.25, 0.75, 0.25, 0.25, 0.75, 0.75, 0.75]);
    // Landmark 0: itself (0.25, 0.25) and twice landmark 1's vote (1, 0.5).
    expect(merged[0]).toBeCloseTo((0.25 + 1 + 1) / 3);
    expect(merged[1]).toBeCloseTo((0.25 + 0.5 + 0.5) / 3);
    // Landmark 3 has no voters.
    expect([merged[6], merged[7]]).toEqual([0.75, 0.75]);
  });
});
