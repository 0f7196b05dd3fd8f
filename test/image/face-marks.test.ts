import { describe, expect, it } from 'vitest';
import { facePartsOf, landmarkNames } from '../../src/base/face-parts.ts';
import type { Face } from '../../src/base/types.ts';
import { drawFaces } from '../../src/image/draw.ts';
import { colourAt, contoursOf, marksOf, type Colour } from '../../src/image/face-marks.ts';
import { svgOfFaces } from '../../src/image/svg.ts';
import { elements } from '../reference/xml.ts';

const landmarks = (count: number, score = 0.5) =>
  Array.from({ length: count }, (_, i) => ({ x: 10 + (i % 9) * 7, y: 12 + Math.floor(i / 9) * 8, score }));
const faceOf = (side: number): Face => ({
  box: { x: 5, y: 40, width: side, height: side },
  score: 0.9,
  roll: 0,
  landmarks: landmarks(68),
});

describe('the colours of landmarks', () => {
  /** What people without one kind of cones see, in linear RGB (Machado, Oliveira and Fernandes 2009, severity 1). */
  const SIGHTS: Record<string, number[][]> = {
    all: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    protanopia: [
      [0.152286, 1.052583, -0.204868],
      [0.114503, 0.786281, 0.099216],
      [-0.003882, -0.048116, 1.051998],
    ],
    deuteranopia: [
      [0.367322, 0.860646, -0.227968],
      [0.280085, 0.672501, 0.047413],
      [-0.01182, 0.04294, 0.968881],
    ],
    tritanopia: [
      [1.255528, -0.076749, -0.178779],
      [-0.078411, 0.930809, 0.147602],
      [0.004733, 0.691367, 0.3039],
    ],
  };
  const linear = (value: number) => (value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);

  /** CIELAB (D65). */
  function lab(colour: Colour, sight: number[][]): number[] {
    const rgb = sight.map((row) =>
      Math.max(
        0,
        Math.min(
          1,
          row.reduce((sum, weight, i) => sum + weight * linear(colour[i]), 0),
        ),
      ),
    );
    const [x, y, z] = [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ].map((row) => row.reduce((sum, weight, i) => sum + weight * rgb[i], 0));
    const [fx, fy, fz] = [x / 0.9505, y, z / 1.089].map((t) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116));
    return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
  }

  it.each(Object.entries(SIGHTS))('are told apart with the sight of %s', (_, sight) => {
    const steps = [0, 0.5, 1].map((sure) => lab(colourAt(sure), sight));
    const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - b[i]));
    // Two colours side by side are told apart from about 2 on; these are small and far from each other.
    expect(distance(steps[0], steps[1])).toBeGreaterThan(25);
    expect(distance(steps[1], steps[2])).toBeGreaterThan(25);
    expect(distance(steps[0], steps[2])).toBeGreaterThan(50);
  });
});

describe('marks', () => {
  it('are thin on small faces, and have one size on the screen on large ones', () => {
    const widths = [20, 60, 200, 1000, 4000].map((side) => {
      const [, box] = marksOf(faceOf(side), undefined, 1);
      return box.kind === 'stroke' ? box.width : 0;
    });
    expect(widths[0]).toBeLessThan(0.5);
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(widths.slice(-2)).toEqual([2, 2]);
    const [, large] = marksOf(faceOf(4000), undefined, 3);
    expect(large).toMatchObject({ width: 6 });
  });

  it('hold what is asked for only', () => {
    const kinds = (layers: object) => marksOf(faceOf(100), 2, 1, layers).map(({ kind }) => kind);
    expect(kinds({ boxes: false, lines: false })).toEqual(Array(2 * 68).fill('disc'));
    expect(kinds({ points: false, boxes: false })).toEqual(['stroke', 'stroke']);
    expect(kinds({ points: false, lines: false })).toEqual(['stroke', 'stroke', 'stroke', 'stroke']);
  });

  it('lines pass through the landmarks of each part', () => {
    for (const count of [68, 98]) {
      const points = landmarks(count);
      contoursOf(points).forEach((curve, i) => {
        const part = facePartsOf(count)[i];
        const ends = part.points.map((point) => points[point]);
        expect(curve.filter((_, at) => at % 3 === 0)).toEqual(part.closed ? [...ends, ends[0]] : ends);
      });
    }
  });
});

it('every landmark has a name of its own', () => {
  for (const count of [5, 68, 98]) expect(new Set(landmarkNames(count)).size).toBe(count);
  expect(landmarkNames(68)[36]).toBe('right_eye_1');
  expect(landmarkNames(98)[97]).toBe('landmark_98');
});

describe('svgOfFaces', () => {
  const picture = { width: 120, height: 100, url: 'data:,', title: 'a <b> & "c"\n\0' };

  it('is clean XML with a group for each face', () => {
    const svg = svgOfFaces(picture, [faceOf(60), faceOf(40)]);
    const names = elements(svg.replace(/&#10;/g, ' '));
    expect(names.filter((name) => name === 'circle')).toHaveLength(2 * 2 * 68);
    // Box, lines and number, each with its rim.
    expect(names.filter((name) => name === 'path')).toHaveLength(2 * 6);
    expect(svg).toContain('<g id="face-2">');
    expect(svg).toContain('<title>a &lt;b&gt; &amp; &quot;c&quot;&#10;\ufffd</title>');
  });

  it('has the points where the pixels have them', () => {
    const face = { ...faceOf(60), landmarks: [{ x: 50, y: 70, score: 1 }] };
    expect(svgOfFaces(picture, [face])).toMatch(
      /translate\(0\.5 0\.5\)[\s\S]*<circle cx="50" cy="70" r="[\d.]+" fill="rgb\(70,190,255\)" opacity="1"\/>/,
    );
    const drawn = drawFaces({ data: new Uint8Array(120 * 100 * 3), width: 120, height: 100 }, [face]);
    expect([...drawn.data.subarray(4 * (70 * 120 + 50), 4 * (70 * 120 + 50) + 3)]).toEqual([70, 190, 255]);
  });
});
