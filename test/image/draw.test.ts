import { describe, expect, it } from 'vitest';
import { drawFaces } from '../../src/image/draw.ts';
import type { DrawnFace } from '../../src/image/face-marks.ts';
import type { Box, Landmark, Pixels } from '../../src/base/types.ts';
import { pixelAt } from './pictures.ts';

const GREY = 128;

function grey(width: number, height: number, channels = 4): Pixels {
  return { data: new Uint8Array(width * height * channels).fill(GREY), width, height };
}

function face(box: Partial<Box>, landmarks: Landmark[] = [], roll?: number): DrawnFace {
  return { box: { x: 0, y: 0, width: 10, height: 10, ...box }, landmarks, ...(roll === undefined ? {} : { roll }) };
}

/** Pixels that differ from the grey ground. */
function changed({ data, width, height }: Pixels): [x: number, y: number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < width * height; i++) {
    if (data.subarray(4 * i, 4 * i + 3).some((value) => value !== GREY)) found.push([i % width, Math.floor(i / width)]);
  }
  return found;
}

describe('drawFaces', () => {
  it('leaves the picture as it is and returns another of the same size, RGB as RGBA', () => {
    const pixels = grey(40, 30, 3);
    const drawn = drawFaces(pixels, [face({ x: 5, y: 5 }, [{ x: 10, y: 10, score: 1 }])]);
    expect(pixels.data.every((value) => value === GREY)).toBe(true);
    expect([drawn.width, drawn.height, drawn.data.length]).toEqual([40, 30, 40 * 30 * 4]);
    expect(pixelAt(drawn, 0, 0)).toEqual([GREY, GREY, GREY]);
    expect(drawn.data[3]).toBe(255);
  });

  it('draws nothing without faces', () => {
    expect(changed(drawFaces(grey(20, 20), []))).toEqual([]);
  });

  it('colours points blue where they are sure, orange and faint where they are not', () => {
    const points = [1, 0.45, 0].map((score, i) => ({ x: 40 + 30 * i, y: 60, score }));
    const drawn = drawFaces(grey(200, 200), [face({ width: 150, height: 150 }, points)]);
    const [sure, between, unsure] = points.map(({ x }) => pixelAt(drawn, x, 60));
    expect(sure).toEqual([70, 190, 255]);
    expect(between[0]).toBeGreaterThan(between[2]);
    expect(unsure[0]).toBeGreaterThan(unsure[2] + 50);
    const strength = (colour: number[]) => Math.max(...colour.map((value) => Math.abs(value - GREY)));
    expect(strength(unsure)).toBeLessThan(strength(between));
    expect(strength(between)).toBeLessThan(strength(sure));
  });

  it('draws lines along the parts of 68 and of 98 landmarks, and none of others', () => {
    for (const [count, isDrawn] of [
      [68, true],
      [98, true],
      [67, false],
    ] as const) {
      const points = Array.from({ length: count }, (_, i) => ({ x: 20 + (i % 10) * 16, y: 20 + Math.floor(i / 10) * 16, score: 1 }));
      // Between the second landmark of the jaw and the third.
      expect(pixelAt(drawFaces(grey(200, 200), [face({ width: 190, height: 190 }, points)]), 44, 20)[0] > 200).toBe(isDrawn);
    }
  });

  it('numbers faces where there are several, also at the upper edge of the picture', () => {
    const boxes = [0, 100].map((y) => ({ x: 20, y, width: 90, height: 60 }));
    const area = ({ y }: (typeof boxes)[number], drawn: Pixels) =>
      changed(drawn).filter(([x, row]) => x > 24 && x < 60 && (y === 0 ? row > 4 && row < 40 : row > y - 30 && row < y - 4)).length;
    const both = drawFaces(
      grey(200, 200),
      boxes.map((box) => face(box)),
    );
    for (const box of boxes) {
      expect(area(box, both)).toBeGreaterThan(10);
      expect(area(box, drawFaces(grey(200, 200), [face(box)]))).toBe(0);
    }
  });

  it('draws a point around its pixel, smooth at its edge', () => {
    const off = { x: -100, y: -100 };
    const drawn = drawFaces(grey(60, 60), [face({ ...off, width: 30, height: 30 }, [{ x: 20, y: 20, score: 1 }])]);
    const points = changed(drawn);
    expect(points).toContainEqual([20, 20]);
    for (const [x, y] of points) {
      expect(Math.hypot(x - 20, y - 20)).toBeLessThan(2);
      expect(points).toContainEqual([40 - x, 40 - y]);
    }
    const [, , beside] = pixelAt(drawn, 21, 20);
    expect(beside).not.toBe(GREY);
    expect(beside).toBeLessThan(255);
  });

  it('draws larger points in larger faces', () => {
    const areas = [30, 100, 300, 1000].map((side) => {
      const box = { x: -2 * side, y: -2 * side, width: side, height: side };
      return changed(drawFaces(grey(100, 100), [face(box, [{ x: 50, y: 50, score: 1 }])])).length;
    });
    expect(areas).toEqual([...areas].sort((a, b) => a - b));
    expect(areas[0]).toBeLessThan(areas[3] / 10);
  });

  it('draws the box light with a dark rim, rounded, and nothing inside', () => {
    const drawn = drawFaces(grey(400, 400), [face({ x: 10, y: 10, width: 380, height: 380 })]);
    for (const [x, y] of [
      [10, 200],
      [200, 10],
      [390, 200],
      [200, 390],
    ])
      expect(Math.min(...pixelAt(drawn, x, y))).toBeGreaterThan(180);
    expect(Math.max(...pixelAt(drawn, 8, 200))).toBeLessThan(GREY);
    expect(Math.max(...pixelAt(drawn, 12, 200))).toBeLessThan(GREY);
    expect(pixelAt(drawn, 10, 10)).toEqual([GREY, GREY, GREY]);
    expect(pixelAt(drawn, 200, 200)).toEqual([GREY, GREY, GREY]);
  });

  describe('turned', () => {
    const box = { x: 20, y: 30, width: 60, height: 40 };

    it('by quarters and halves: the box as it is, lines and all', () => {
      const upright = changed(drawFaces(grey(100, 100), [face(box)]));
      for (const roll of [0, 90, -90, 180]) expect(changed(drawFaces(grey(100, 100), [face(box, [], roll)])), `${roll}`).toEqual(upright);
    });

    it.each([-160, -45, -10, 1, 30, 45, 89, 120])('by %d degrees: its sides and nothing else', (roll) => {
      const drawn = drawFaces(grey(100, 100), [face(box, [], roll)]);
      const [cos, sin] = [Math.cos((roll * Math.PI) / 180), Math.sin((roll * Math.PI) / 180)];
      const [halfWidth, halfHeight] = [cos ** 2 * 30 + sin ** 2 * 20, cos ** 2 * 20 + sin ** 2 * 30];
      const sides = new Set<string>();
      for (const [x, y] of changed(drawn)) {
        const [dx, dy] = [Math.abs(cos * (x - 50) + sin * (y - 50)), Math.abs(cos * (y - 50) - sin * (x - 50))];
        const reach = Math.max(dx - halfWidth, dy - halfHeight);
        expect(Math.abs(reach)).toBeLessThan(2.6);
        sides.add(dx - halfWidth > dy - halfHeight ? `x${cos * (x - 50) + sin * (y - 50) > 0}` : `y${cos * (y - 50) - sin * (x - 50) > 0}`);
      }
      expect(sides.size).toBe(4);
    });
  });

  it.each<[string, Partial<Box>]>([
    ['around the whole picture', { x: -50, y: -50, width: 200, height: 200 }],
    ['outside', { x: 500, y: 500 }],
    ['across a corner', { x: -5, y: -5 }],
    ['enormous', { x: -1e9, y: -1e9, width: 2e9, height: 2e9 }],
    ['beyond numbers', { x: Number.MAX_VALUE, y: -Number.MAX_VALUE, width: Number.MAX_VALUE, height: Number.MAX_VALUE }],
  ])('cuts off a box %s', (_, box) => {
    const points = [-7, 1e12, -Number.MAX_VALUE].map((x) => ({ x, y: x, score: 0.5 }));
    for (const roll of [0, 33, 90])
      for (const size of [1, 2, 33]) expect(drawFaces(grey(size, size), [face(box, points, roll)]).data.length).toBe(size * size * 4);
  });
});
