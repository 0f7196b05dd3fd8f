import { expect, test } from 'vitest';
import { DataError, ModelError } from '../../src/base/errors.ts';
import { evaluate, worstFaces, type Predict } from '../../src/evaluate/evaluate.ts';
import { parseList, type Sample } from '../../src/base/samples.ts';
import { report } from '../../src/evaluate/report.ts';
import { schemeFor } from '../../src/evaluate/scheme.ts';
import { CROP_RULES } from '../../src/base/crop-rules.ts';
import type { Box } from '../../src/base/types.ts';
import { line, shifted, zigzag } from './faces.ts';

const scheme = schemeFor(4, [0, 2]); // eye corners of a zigzag: 20 pixels apart
const samples = parseList(line('a.jpg', zigzag(4)) + line('b.jpg', zigzag(4, 100, 50)) + line('c.jpg', zigzag(4)), 'val.txt');

/** Errs by one pixel at a, two at b, three at c; without NRM by twice as much. */
const erring: Predict = async (sample) => {
  const error = 1 + samples.indexOf(sample);
  return { merged: shifted(sample.points, error), own: [...shifted(sample.points, 2 * error)] };
};

test('both predictions are measured in units of the eye distance', async () => {
  const { count, merged, own, faces } = await evaluate(samples, erring, scheme, CROP_RULES['300w']);
  expect(count).toBe(3);
  expect(merged.nme).toBeCloseTo(0.1, 14);
  expect(own.nme).toBeCloseTo(0.2, 14);
  expect(merged.failureRate).toBeCloseTo(1 / 3, 14);
  expect(own.failureRate).toBeCloseTo(2 / 3, 14);
  expect(merged.auc).toBeCloseTo(0.5 / 3, 3);
  expect(own.auc).toBeCloseTo(0, 3);
  expect(faces).toEqual([
    { name: 'a.jpg', source: 'val.txt:1', merged: 0.05, own: 0.1 },
    { name: 'b.jpg', source: 'val.txt:2', merged: 0.1, own: 0.2 },
    { name: 'c.jpg', source: 'val.txt:3', merged: expect.closeTo(0.15), own: expect.closeTo(0.3) },
  ]);
});

test('the crop is the box of the true landmarks, enlarged by the rule', async () => {
  const crops: Box[] = [];
  await evaluate(samples, async (sample, crop) => (crops.push(crop), erring(sample, crop)), scheme, CROP_RULES.wflw);
  expect(crops[1]).toEqual({ x: expect.closeTo(97), y: expect.closeTo(48), width: expect.closeTo(36), height: expect.closeTo(24) });
});

test('the bias is the mean signed error in units of the crop', async () => {
  const { merged, own } = await evaluate(samples, erring, scheme, CROP_RULES['300w']);
  // 30 pixels x 1.1 wide; the faces err by 1, 2 and 3 pixels to the right.
  expect(merged.bias).toEqual({ x: expect.closeTo(2 / 33, 12), y: 0 });
  expect(own.bias).toEqual({ x: expect.closeTo(4 / 33, 12), y: 0 });
  expect(report({ ...(await evaluate(samples, erring, scheme, CROP_RULES['300w'])) }, 256)).toMatch(
    /bias x % \(px\) +6\.061 \(15\.52\) +12\.121 \(31\.03\)\nbias y % \(px\) +0\.000 \(0\.00\)/,
  );
});

test('labels that lie beside what the picture shows: as the list says, else as the model', async () => {
  const [stated, other] = parseList(
    `# label-offset 0.05 0\n${line('a.jpg', zigzag(4))}# label-offset 0 0\n${line('b.jpg', zigzag(4))}`,
    'val.txt',
  );
  const crops: Box[] = [];
  // Answers with what the picture shows: 5 % of 33 pixels left of the labels.
  const seeing: Predict = async (sample, crop) => {
    crops.push(crop);
    return { merged: shifted(zigzag(4), -1.65), own: zigzag(4) };
  };
  const measure = (sample: Sample, ...offset: [] | [[number, number]]) => evaluate([sample], seeing, scheme, CROP_RULES['300w'], ...offset);
  const plain = { name: 'c.jpg', source: 'val.txt:9', points: zigzag(4) };
  expect((await measure(stated)).merged.nme).toBeCloseTo(0, 12);
  expect((await measure(stated, [0, 0])).merged.nme).toBeCloseTo(0, 12);
  expect((await measure(other, [0.05, 0])).merged.nme).toBeCloseTo(1.65 / 20, 12);
  expect((await measure(plain, [0.05, 0])).merged).toMatchObject({ nme: expect.closeTo(0, 12), bias: { x: expect.closeTo(0, 12) } });
  expect((await measure(plain)).merged.bias.x).toBeCloseTo(-0.05, 12);
  // The crop is the one of training: about what the picture shows.
  expect(crops.map(({ x }) => x)).toEqual([-3.15, -3.15, -1.5, -3.15, -1.5].map((x) => expect.closeTo(x, 12)));
});

test('groups are measured alone', async () => {
  const points = zigzag(68);
  const predicted = points.map((value, i) => (i >= 2 * 48 ? value + 9 : value)); // the mouth alone errs, by 9 pixels in x and y
  const result = await evaluate(
    parseList(line('a.jpg', points), 'val.txt'),
    async () => ({ merged: predicted, own: points }),
    schemeFor(68),
    CROP_RULES['300w'],
  );
  const unit = Math.hypot(90, 20);
  const mouth = (9 * Math.SQRT2) / unit;
  expect(result.merged.groups).toEqual({ jaw: 0, brows: 0, nose: 0, eyes: 0, mouth: expect.closeTo(mouth, 12) });
  expect(result.merged.nme).toBeCloseTo((mouth * 20) / 68, 12);
  expect(result.own.groups.mouth).toBe(0);
});

test('the report shows both columns and the worst faces first', async () => {
  const result = await evaluate(samples, erring, scheme, CROP_RULES['300w']);
  expect(worstFaces(result, 2).map(({ name }) => name)).toEqual(['c.jpg', 'b.jpg']);
  const text = report(result, 256);
  expect(text).toMatch(/with NRM +without NRM\n/);
  expect(text).toMatch(/NME % +10\.000 +20\.000\n/);
  expect(text).toMatch(/FR10 % +33\.33 +66\.67\n/);
  expect(text).toMatch(/worst faces\n +15\.00 % +c\.jpg \(val\.txt:3\)\n/);
});

test.each([
  ['NaN', (points: Float64Array) => points.map((value, i) => (i === 5 ? NaN : value)), /^val\.txt:1: landmark 2 .*NaN/],
  ['infinity', (points: Float64Array) => points.map((value, i) => (i === 0 ? -Infinity : value)), /^val\.txt:1: landmark 0 .*-Infinity/],
  ['a landmark too few', (points: Float64Array) => points.slice(2), /^val\.txt:1: .* 3 landmarks instead of 4/],
])('a prediction with %s is refused, with NRM or without', async (_, spoil, message) => {
  for (const spoilt of ['merged', 'own']) {
    const predict: Predict = async ({ points }) => ({ merged: points, own: points, [spoilt]: spoil(points) });
    const evaluation = evaluate(samples, predict, scheme, CROP_RULES['300w']);
    await expect(evaluation).rejects.toThrow(ModelError);
    await expect(evaluation).rejects.toThrow(message);
  }
});

test.each([
  ['of another scheme', zigzag(5), /^val\.txt:2: 5 landmarks, but the model answers with 4/],
  [
    'whose eye corners coincide',
    Float64Array.of(0, 0, 50, 50, 0, 0, 20, 20),
    /^val\.txt:2: landmarks 0 and 2, the outer eye corners, coincide/,
  ],
])('a sample %s is refused before the first prediction', async (_, points, message) => {
  const unused: Predict = () => expect.unreachable();
  const evaluation = evaluate([samples[0], { ...samples[1], points }], unused, scheme, CROP_RULES['300w']);
  await expect(evaluation).rejects.toThrow(DataError);
  await expect(evaluation).rejects.toThrow(message);
});
