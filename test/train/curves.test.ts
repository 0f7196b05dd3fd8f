import { expect, test } from 'vitest';
import type { EpochRecord } from '../../src/train/checkpoint.ts';
import { curvesSvg } from '../../src/train/curves.ts';
import { elements } from '../reference/xml.ts';

const record = (epoch: number, more: Partial<EpochRecord> = {}): EpochRecord => ({
  epoch,
  steps: epoch,
  loss: 2 ** -epoch,
  parts: {},
  imagesPerSecond: 1,
  seconds: 1,
  ...more,
});

/** Heights of a curve's points, from the top. */
const heights = (svg: string, curve: number) =>
  /d="M([^"]+)"/
    .exec(svg.split('class="curve c0"')[curve])![1]
    .split('L')
    .map((point) => Number(point.split(' ')[1]));

test('loss and NME as curves that fall as they do', () => {
  const svg = curvesSvg([1, 2, 3].map((epoch) => record(epoch, { nme: 0.1 / epoch, nmeWithoutNrm: 0.2 / epoch })));
  expect(elements(svg).filter((name) => name === 'title')).toHaveLength(1);
  // On a logarithmic scale halves are as far apart as halves before.
  const [first, second, third] = heights(svg, 1);
  expect(third - second).toBeCloseTo(second - first, 1);
  expect(second).toBeGreaterThan(first);
  expect(svg).toContain('>NME on the validation list<');
  expect(svg).toContain('>without NRM<');
  expect(svg).toContain('>20.00 %<');
});

test('loss alone where nothing was validated, and a first epoch', () => {
  const svg = curvesSvg([record(1)]);
  elements(svg);
  expect(svg).not.toContain('NME');
  expect(elements(curvesSvg([])).filter((name) => name === 'path')).toEqual([]);
});
