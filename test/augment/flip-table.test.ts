import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DataError } from '../../src/base/errors.ts';
import { CROP_RULES } from '../../src/base/crop-rules.ts';
import {
  checkFlipTable,
  checkSymmetry,
  deriveFlipTable,
  flipTableFor,
  knownFlipTable,
  parseFlipTable,
} from '../../src/augment/flip-table.ts';
import { meanFaceOf } from '../../src/augment/mean-face.ts';
import { readModel, type PipnetModel } from '../../src/weights/model.ts';
import { FACE, faceAt, FLIP } from './pictures.ts';

const shipped = readModel(
  new Uint8Array(readFileSync(new URL('../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url))),
  'shipped',
) as PipnetModel;

/** In units of the crop. */
const MEAN_FACE = FACE.map((value) => 0.5 + value / 128);

test.each([19, 29, 68, 98])('the known table of %i landmarks undoes itself', (landmarks) => {
  const table = knownFlipTable(landmarks) as number[];
  checkFlipTable(table, landmarks);
  expect(table.some((j, i) => j !== i)).toBe(true);
});

test('the known tables are those of the datasets', () => {
  // Outer eye corners, corners of the mouth, tip of the nose.
  expect([36, 48, 30].map((i) => knownFlipTable(68)?.[i])).toEqual([45, 54, 30]);
  expect([60, 76, 57, 96].map((i) => knownFlipTable(98)?.[i])).toEqual([72, 82, 57, 97].map((j, k) => (k === 2 ? 57 : j)));
  expect([8, 22, 20].map((i) => knownFlipTable(29)?.[i])).toEqual([9, 23, 20]);
  expect([0, 15, 13].map((i) => knownFlipTable(19)?.[i])).toEqual([5, 17, 13]);
  expect(knownFlipTable(5)).toBeUndefined();
});

test('the mean face of 300W tells its table', () => {
  expect(deriveFlipTable(shipped.meanFace)).toEqual(knownFlipTable(68));
  expect(flipTableFor(shipped.meanFace)).toEqual(knownFlipTable(68));
});

test('a table is derived for landmarks of any scheme, also where another dataset has as many', () => {
  expect(deriveFlipTable(MEAN_FACE)).toEqual(FLIP);
  expect(flipTableFor(MEAN_FACE)).toEqual(FLIP);
  // 19 landmarks of which the first is the chin.
  const row = Array.from({ length: 19 }, (_, i) => [0.05 + 0.05 * i, i % 2 === 0 ? 0.3 : 0.6]).flat();
  expect(flipTableFor(row)).toEqual(Array.from({ length: 19 }, (_, i) => 18 - i));
});

test('a mean face that is not symmetric has no table', () => {
  expect(() => deriveFlipTable([0.1, 0.1, 0.4, 0.2, 0.9, 0.9])).toThrow(DataError);
  expect(() => deriveFlipTable([0.1, 0.1, 0.4, 0.2, 0.9, 0.9])).toThrow(/train without flip/);
});

test('a given table is checked', () => {
  expect(flipTableFor(MEAN_FACE, FLIP)).toEqual(FLIP);
  expect(() => flipTableFor(MEAN_FACE, [0, 1, 2, 3, 4])).toThrow(/mirrored, landmark \d of the mean face is \d+\.\d % of the crop away/);
  expect(() => checkSymmetry([1, 0, 2], MEAN_FACE)).toThrow('flip table: 3 numbers for 5 landmarks: one for each is needed');
  expect(() => checkFlipTable([1, 2, 0], 3)).toThrow('flip table: landmark 0 becomes 1, but 1 becomes 2: partners must name each other');
  expect(() => checkFlipTable([0, 1, 3], 3)).toThrow('landmark 2 has the partner 3, not a landmark from 0 to 2');
  expect(parseFlipTable('[1, 0,\n2 4 3]\n', 5, 'flip.txt')).toEqual(FLIP);
  expect(() => parseFlipTable('1 0 two', 3, 'flip.txt')).toThrow(/^flip.txt: "two" is no landmark/);
});

test("the mean face is in units of each face's crop, whatever its place and size", () => {
  const faces = [faceAt(100, 100), faceAt(300, 50, 2.5)].map((points) => ({ points }));
  const mean = meanFaceOf(faces, CROP_RULES['300w']);
  // The box is 80 x 75 from (-40, -30), with 5 % on each side.
  expect(mean[0]).toBeCloseTo(0.05 / 1.1, 9);
  expect(mean[4]).toBeCloseTo(0.5, 9);
  expect(mean[5]).toBeCloseTo((35 / 75 + 0.05) / 1.1, 9);
  const boxed = meanFaceOf([{ points: faceAt(50, 50), box: { x: 0, y: 0, width: 100, height: 100 } }], { margin: 0, top: 'out' });
  expect([...boxed.subarray(0, 2)]).toEqual([0.1, 0.2]);
  expect(() => meanFaceOf([], CROP_RULES['300w'])).toThrow(DataError);
});
