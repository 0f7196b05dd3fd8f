import { describe, expect, it } from 'vitest';
import { drawFaces } from '../../src/image/draw.ts';
import type { Box, Face, Landmark, Pixels } from '../../src/base/types.ts';
import { pixelAt } from './pictures.ts';

const GREY = 128;

function grey(width: number, height: number, channels = 4): Pixels {
  return { data: new Uint8Array(width * height * channels).fill(GREY), width, height };
}

function face(box: Partial<Box>, landmarks: Landmark[] = []): Face {
  return { box: { x: 0, y: 0, width: 10, height: 10, ...box }, score: 1, landmarks };
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

  it('colours points green, yellow and red by score', () => {
    const points = [1, 0.5, 0].map((score, i) => ({ x: 40 + 30 * i, y: 60, score }));
    const drawn = drawFaces(grey(200, 200), [face({ width: 150, height: 150 }, points)]);
    expect(pixelAt(drawn, 40, 60)).toEqual([0, 255, 0]);
    expect(pixelAt(drawn, 70, 60)).toEqual([255, 255, 0]);
    expect(pixelAt(drawn, 100, 60)).toEqual([255, 0, 0]);
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
    const [, beside] = pixelAt(drawn, 21, 20);
    expect(beside).toBeGreaterThan(GREY);
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

  it('draws the box with a dark outline, and nothing inside', () => {
    const drawn = drawFaces(grey(60, 60), [face({ x: 10, y: 10, width: 40, height: 40 })]);
    expect(pixelAt(drawn, 10, 30)[2]).toBeGreaterThan(200);
    expect(Math.max(...pixelAt(drawn, 9, 30))).toBeLessThan(GREY);
    expect(Math.max(...pixelAt(drawn, 11, 30))).toBeLessThan(GREY);
    expect(pixelAt(drawn, 30, 30)).toEqual([GREY, GREY, GREY]);
  });

  it.each<[string, Partial<Box>]>([
    ['around the whole picture', { x: -50, y: -50, width: 200, height: 200 }],
    ['outside', { x: 500, y: 500 }],
    ['across a corner', { x: -5, y: -5 }],
    ['enormous', { x: -1e9, y: -1e9, width: 2e9, height: 2e9 }],
    ['beyond numbers', { x: Number.MAX_VALUE, y: -Number.MAX_VALUE, width: Number.MAX_VALUE, height: Number.MAX_VALUE }],
  ])('cuts off a box %s', (_, box) => {
    const points = [-7, 1e12, -Number.MAX_VALUE].map((x) => ({ x, y: x, score: 0.5 }));
    for (const size of [1, 2, 33]) expect(drawFaces(grey(size, size), [face(box, points)]).data.length).toBe(size * size * 4);
  });
});
