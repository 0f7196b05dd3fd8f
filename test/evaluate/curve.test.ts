import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { curveSvg } from '../../src/evaluate/curve.ts';
import { elements } from '../reference/xml.ts';

test('the drawing is well-formed, with a curve and a legend row for each series', () => {
  const svg = curveSvg([
    { label: 'with NRM', nmes: [0.02, 0.03, 0.04, 0.2] },
    { label: 'without NRM', nmes: [0.03, 0.04, 0.05, 0.3] },
  ]);
  expect(elements(svg).filter((name) => name === 'path')).toHaveLength(6 + 6 + 1 + 2 + 2);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  expect(svg).toContain('>with NRM<');
  expect(svg).toContain('>NME 7.25 %<');
  expect(svg).toContain('>AUC 0.5252<');
  expect(svg).not.toMatch(/url\(|@import|href/);
});

test('the curve starts at the share without error and never falls', () => {
  const svg = curveSvg([{ label: 'half', nmes: [0, 0.05] }]);
  const points = /class="curve c0" d="M([^"]+)"/
    .exec(svg)![1]
    .split('L')
    .map((point) => Number(point.split(' ')[1]));
  const [top, bottom] = [56, 376];
  expect(points[0]).toBe((top + bottom) / 2);
  expect(points.at(-1)).toBe(top);
  expect(points).toEqual([...points].sort((a, b) => b - a));
});

test('labels and title can hold anything', () => {
  const svg = curveSvg([{ label: `<script>&"'\0\x1b</script>`, nmes: [0.01] }], { title: '</svg> & more' });
  elements(svg);
  expect(svg).toContain('&lt;script&gt;&amp;&quot;&apos;\ufffd\ufffd&lt;/script&gt;');
  expect(svg).not.toContain('<script');
});

test('long labels are cut between letters', () => {
  expect(curveSvg([{ label: '😀'.repeat(100), nmes: [0.01] }])).toContain(`>${'😀'.repeat(47)}…<`);
});

test('more series than colours still draw', () => {
  elements(curveSvg(Array.from({ length: 9 }, (_, i) => ({ label: `run ${i}`, nmes: [i / 100] }))));
});

test.each([[[]], [[{ label: 'none', nmes: [] }]], [[{ label: 'bad', nmes: [NaN] }]]])('%j is refused', (series) => {
  expect(() => curveSvg(series)).toThrow(ArgumentError);
});
