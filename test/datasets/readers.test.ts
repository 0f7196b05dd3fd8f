import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import * as h5wasm from 'h5wasm/node';
import { describe, expect, test } from 'vitest';
import { DataError, ImageError } from '../../src/base/errors.ts';
import { encodePng } from '../../src/image/encode.ts';
import { readDataset } from '../../src/datasets/index.ts';
import { cocoOf } from '../../src/datasets/coco.ts';
import { cvatOf } from '../../src/datasets/cvat.ts';
import { parsePts, ptsOf } from '../../src/datasets/pts.ts';
import { tagsOf } from '../../src/datasets/xml.ts';
import { writeMat5, writeMat73, type Value } from './matlab.ts';
import { drawDots, faceAt, folderIn, temporaryFolder } from '../augment/pictures.ts';

const PICTURE = await encodePng(drawDots(60, 50, Float64Array.of(20, 20)));

test('.pts: with header, without, with comments and Windows line ends', () => {
  const expected = Float64Array.of(0, 1, 9.5, 19);
  expect(parsePts('version: 1\nn_points:  2\n{\n1 2\n10.5 20\n}\n', 'a.pts')).toEqual(expected);
  expect(parsePts('version: 1\r\nn_points: 2\r\n{\r\n1 2\r\n10.5 20\r\n}', 'a.pts')).toEqual(expected);
  expect(parsePts('1 2\n10.5 20\n', 'a.pts')).toEqual(expected);
  expect(() => parsePts('version: 1\nn_points: 3\n{\n1 2\n10.5 20\n}\n', 'a.pts')).toThrow(
    'a.pts: 2 landmarks, but its header says n_points: 3',
  );
  expect(() => parsePts('version: 1\n{\n1 2\n10.5\n}\n', 'a.pts')).toThrow('a.pts:4: "10.5" is no landmark: expected two numbers, x and y');
  expect(() => parsePts('', 'a.pts')).toThrow(DataError);
});

test('300W: folders within folders, the picture beside each .pts', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'helen/trainset'), { recursive: true });
  writeFileSync(join(folder, 'helen/trainset/10.png'), PICTURE);
  writeFileSync(join(folder, 'helen/trainset/10.pts'), 'n_points: 2\n{\n1 1\n31 41\n}');
  writeFileSync(join(folder, 'helen/trainset/9.pts'), '5 5\n6 7\n');
  const faces = await readDataset('300w', { path: folder });
  expect(faces.map(({ name }) => name)).toEqual(['helen/trainset/9.jpg', 'helen/trainset/10.png']);
  expect(faces[1].points).toEqual(Float64Array.of(0, 0, 30, 40));
  expect(await faces[1].read()).toMatchObject({ width: 60, height: 50 });
  await expect(faces[0].read()).rejects.toThrow(ImageError);

  writeFileSync(join(folder, 'helen/trainset/9.pts'), '5 5\n');
  await expect(readDataset('300w', { path: folder })).rejects.toThrow(
    /10\.pts: 2 landmarks where .*9\.pts has 1: every face needs the same number$/,
  );
  await expect(readDataset('300w', { path: folderIn(folder, 'empty') })).rejects.toThrow(/empty: no \.pts files/);
  await expect(readDataset('300w', { path: join(folder, 'gone') })).rejects.toThrow(/gone: there is no such folder/);
});

/** Two faces of three landmarks, in a picture whose name needs care. */
const NAME = 'holiday/a & "b".png';
const FOUND = [0, 7].map((shift) => ({
  box: { x: 1 + shift, y: 2, width: 20, height: 30 },
  score: 0.9,
  landmarks: [10, 20.2, 30.5].map((x) => ({ x: x + shift, y: x / 2, score: 1 })),
}));
const POINTS = FOUND.map(({ landmarks }) => Float64Array.from(landmarks.flatMap(({ x, y }) => [x, y])));

test('.pts: what is written is read again, of each face of a picture', async () => {
  expect([...parsePts(ptsOf(FOUND[0].landmarks), 'a.pts')]).toEqual([...POINTS[0]].map((value) => expect.closeTo(value, 3)));
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.png'), PICTURE);
  writeFileSync(join(folder, 'a.pts'), ptsOf(FOUND[0].landmarks));
  writeFileSync(join(folder, 'a.face2.pts'), ptsOf(FOUND[1].landmarks));
  expect((await readDataset('300w', { path: folder })).map(({ name }) => name)).toEqual(['a.png', 'a.png']);
});

describe.each([
  ['coco', (faces: typeof FOUND) => JSON.stringify(cocoOf([{ image: NAME, width: 60, height: 50, faces }], 3))],
  ['cvat', (faces: typeof FOUND) => cvatOf([{ image: NAME, width: 60, height: 50, faces }])],
] as const)('%s', (format, write) => {
  test('what is written is read again', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'holiday'));
    writeFileSync(join(folder, NAME), PICTURE);
    const path = join(folder, 'labels');
    writeFileSync(path, write(FOUND));
    const faces = await readDataset(format, { path });
    expect(faces.map(({ name }) => name)).toEqual([NAME, NAME]);
    for (const [i, { points }] of faces.entries()) expect([...points!]).toEqual([...POINTS[i]].map((value) => expect.closeTo(value, 2)));
    expect((await faces[1].read()).width).toBe(60);
    writeFileSync(path, write([]));
    await expect(readDataset(format, { path })).rejects.toThrow(`${path}: no faces`);
  });
});

test('COCO: faces without all landmarks are left out; files that are damaged are one error', async () => {
  const path = join(temporaryFolder(), 'labels.json');
  const images = [{ id: 'a', file_name: 'a.png' }];
  const annotation = { id: 5, image_id: 'a', keypoints: [1, 2, 2, 3, 4, 1], bbox: [1, 2, 3, 4] };
  const readOf = (...annotations: object[]) => {
    writeFileSync(path, JSON.stringify({ images, annotations }));
    return readDataset('coco', { path });
  };
  const partly = { ...annotation, keypoints: [1, 2, 2, 0, 0, 0] };
  const [face, ...more] = await readOf(partly, annotation, { image_id: 'a', bbox: [1, 2, 3, 4] });
  expect(face).toMatchObject({ name: 'a.png', points: Float64Array.of(1, 2, 3, 4), box: { x: 1, y: 2, width: 3, height: 4 } });
  expect(more).toEqual([]);
  await expect(readOf({ ...annotation, image_id: 1 })).rejects.toThrow(`${path}: annotation 5: there is no image with the id 1`);
  await expect(readOf({ ...annotation, keypoints: [1, 2] })).rejects.toThrow(`${path}: annotation 5: 2 numbers are no keypoints`);
  await expect(readOf({ ...annotation, keypoints: [1, 2, null] })).rejects.toThrow(
    /annotations\[0\]\.keypoints \[1, 2, null\] is not a list of coordinates: expected COCO's keypoints$/,
  );
  images[0].file_name = '../a.png';
  await expect(readOf(annotation)).rejects.toThrow(/leads out of the folder/);
  writeFileSync(path, '{');
  await expect(readDataset('coco', { path })).rejects.toThrow(`${path} is no JSON`);
});

test('CVAT: skeletons by the numbers of their points; files that are damaged are one error', async () => {
  const path = join(temporaryFolder(), 'labels.xml');
  const readOf = (body: string) => {
    writeFileSync(path, `<?xml version='1.0'?><!-- <image> --><annotations>${body}</annotations>`);
    return readDataset('cvat', { path });
  };
  const point = (label: number | string, at: string, outside = 0) => `<points label='${label}' outside="${outside}" points="${at}"/>`;
  const skeleton = (...points: string[]) => `<skeleton label="face">${points.join('')}</skeleton>`;
  const image = (body: string, name = 'a&#46;png') => `<image id="0" name="${name}" width="9" height="9">${body}</image>`;
  const whole = skeleton(point(10, '5.5,6.5'), point(9, '1.5,2.5'));
  const [face, ...more] = await readOf(image(whole + skeleton(point(9, '1,2', 1), point(10, '5,6')) + skeleton()));
  expect(face).toMatchObject({ name: 'a.png', points: Float64Array.of(1, 2, 5, 6) });
  expect(more).toEqual([]);
  expect((await readOf(image(skeleton(point('nose', '5.5,6.5'), point('chin', '1.5,2.5')))))[0].points).toEqual(
    Float64Array.of(5, 6, 1, 2),
  );
  await expect(readOf(point(1, '1,2'))).rejects.toThrow(`${path}: face 1: its points stand in no <image>`);
  await expect(readOf(image(point(1, '1,2;3')))).rejects.toThrow(`${path}: face 1: its points are no list`);
  await expect(readOf(image(point(1, '1,x')))).rejects.toThrow(`${path}: face 1: "x", number 2`);
  await expect(readOf(image(point(1, '1,2'), '/etc/a.png'))).rejects.toThrow(/leads out of the folder/);
  for (const broken of ['<points', '<!-- ', '<a b=c>', '<!DOCTYPE a [<!ENTITY b "c">]>'])
    expect(() => [...tagsOf(broken, 'a.xml')]).toThrow(`a.xml: ${JSON.stringify(broken.slice(0, 20))} is no tag of an XML file`);
});

test('WFLW: list in one folder, pictures in another', async () => {
  const folder = temporaryFolder();
  const lists = join(folder, 'WFLW_annotations/list_98pt_rect_attr_train_test');
  mkdirSync(lists, { recursive: true });
  mkdirSync(join(folder, 'WFLW_images/0--Parade'), { recursive: true });
  writeFileSync(join(folder, 'WFLW_images/0--Parade/1.png'), PICTURE);
  const list = join(lists, 'train.txt');
  const coordinates = Array.from({ length: 196 }, (_, i) => i / 4);
  const line = `${coordinates.join(' ')} 10 12 40 52 0 0 1 0 0 0 0--Parade/1.png\n`;
  writeFileSync(list, line + line);
  const faces = await readDataset('wflw', { path: list });
  expect(faces).toHaveLength(2);
  expect(faces[0]).toMatchObject({ name: '0--Parade/1.png', source: `${list}:1`, box: { x: 10, y: 12, width: 30, height: 40 } });
  expect([...(faces[1].points as Float64Array)]).toEqual(coordinates);
  expect((await faces[0].read()).width).toBe(60);

  writeFileSync(list, `${line}1 2 3 0--Parade/1.png\n`);
  await expect(readDataset('wflw', { path: list })).rejects.toThrow(`${list}:2: 4 words where WFLW has 207`);
  writeFileSync(list, line.replace('0.25', 'x'));
  await expect(readDataset('wflw', { path: list })).rejects.toThrow(`${list}:1: "x", number 2 of the line, is no coordinate`);
  writeFileSync(list, line.replace('1.png', 'other.png'));
  await expect(readDataset('wflw', { path: list })).rejects.toThrow(/name their folder with --images/);
});

/** Two faces, a colour picture of 2 x 3 and a grey one of 3 x 2. */
const COFW: Record<string, Value> = {
  IsTr: [
    { dims: [2, 3, 3], data: [11, 21, 12, 22, 13, 23, 111, 121, 112, 122, 113, 123, 211, 221, 212, 222, 213, 223] },
    { dims: [3, 2], data: [11, 21, 31, 12, 22, 32] },
  ],
  phisTr: { dims: [2, 87], data: Array.from({ length: 87 }, (_, i) => [i, 1000 + i]).flat() },
  bboxesTr: { dims: [2, 4], data: [1, 5, 2, 6, 3, 7, 4, 8] },
};

test.each(['7.3', '5', '5, uncompressed'])('COFW as MATLAB file of version %s', async (version) => {
  const path = join(temporaryFolder(), 'COFW_train_color.mat');
  if (version === '7.3') await writeMat73(path, COFW);
  else writeFileSync(path, writeMat5(COFW, version === '5'));
  const faces = await readDataset('cofw', { path });
  expect(faces.map(({ name }) => name)).toEqual(['cofw_train_0001', 'cofw_train_0002']);
  expect([...(faces[1].points as Float64Array)].slice(0, 4)).toEqual([1000, 1029, 1001, 1030]);
  expect(faces[0].points).toHaveLength(58);
  expect(faces[0].box).toEqual({ x: 1, y: 2, width: 3, height: 4 });
  expect(await faces[0].read()).toEqual({
    width: 3,
    height: 2,
    data: Uint8Array.of(11, 111, 211, 12, 112, 212, 13, 113, 213, 21, 121, 221, 22, 122, 222, 23, 123, 223),
  });
  expect([...(await faces[1].read()).data]).toEqual([11, 11, 11, 12, 12, 12, 21, 21, 21, 22, 22, 22, 31, 31, 31, 32, 32, 32]);
});

test.each(['7.3', '5'])('AFLW as MATLAB file of version %s', async (version) => {
  const folder = temporaryFolder();
  const path = join(folder, 'AFLWinfo_release.mat');
  const aflw: Record<string, Value> = {
    data: { dims: [2, 38], data: Array.from({ length: 38 }, (_, i) => [i, 1000 + i]).flat() },
    bbox: { dims: [2, 4], data: [1, 10, 4, 40, 2, 20, 6, 60] },
    nameList: ['0/image1.png', '3/image2.png'],
    ra: { dims: [1, 2], data: [2, 1] },
  };
  if (version === '7.3') await writeMat73(path, aflw);
  else writeFileSync(path, writeMat5(aflw));
  mkdirSync(join(folder, 'flickr/3'), { recursive: true });
  writeFileSync(join(folder, 'flickr/3/image2.png'), PICTURE);
  const faces = await readDataset('aflw', { path });
  expect(faces.map(({ name }) => name)).toEqual(['3/image2.png', '0/image1.png']);
  expect([...(faces[0].points as Float64Array)].slice(0, 4)).toEqual([1000, 1019, 1001, 1020]);
  expect(faces[0].box).toEqual({ x: 10, y: 20, width: 30, height: 40 });
  expect((await faces[0].read()).width).toBe(60);
  await expect(readDataset('aflw', { path, part: 'test' })).rejects.toThrow(/no faces for test/);
});

test('MATLAB files that are damaged or another dataset', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'a.mat');
  writeFileSync(path, 'no MATLAB file at all');
  await expect(readDataset('cofw', { path })).rejects.toThrow(
    /a\.mat is no MATLAB file of version 5 to 7\.3: it starts with "no MATLAB fi"/,
  );
  await expect(readDataset('cofw', { path: join(folder, 'gone.mat') })).rejects.toThrow(DataError);
  const good = writeMat5(COFW, false);
  for (const length of [129, 200, 700, good.length - 8]) {
    writeFileSync(path, good.subarray(0, length));
    await expect(readDataset('cofw', { path })).rejects.toThrow(DataError);
  }
  writeFileSync(path, writeMat5({ ra: { dims: [1, 1], data: [1] } }));
  await expect(readDataset('cofw', { path })).rejects.toThrow(/has neither IsTr nor IsT/);
  await expect(readDataset('aflw', { path })).rejects.toThrow(/has no array "data": is it the right file/);
  writeFileSync(path, Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.alloc(100)]));
  await expect(readDataset('cofw', { path })).rejects.toThrow(/damaged or unusual HDF5 file/);
});

test('MATLAB 5: what inflates is limited by file; dimensions are checked', async () => {
  const path = join(temporaryFolder(), 'a.mat');
  const header = writeMat5({});
  // Three elements, each of which alone would pass.
  const zeros = Buffer.alloc(400e6);
  zeros.writeUInt32LE(14);
  zeros.writeUInt32LE(zeros.length - 8, 4);
  const bomb = deflateSync(zeros);
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(15);
  tag.writeUInt32LE(bomb.length, 4);
  writeFileSync(path, Buffer.concat([header, tag, bomb, tag, bomb, tag, bomb]));
  await expect(readDataset('cofw', { path })).rejects.toThrow(
    /damaged or unusual MATLAB file: "its arrays inflate to more than 1073741824 bytes"/,
  );

  writeFileSync(path, writeMat5({ ...COFW, phisTr: { dims: [174], data: Array.from({ length: 174 }, () => 1) } }));
  await expect(readDataset('cofw', { path })).rejects.toThrow(/an array holds 174 numbers for 174"/);
}, 120_000);

test('HDF5: thousands of damaged files do not keep a good one from being read', async () => {
  const folder = temporaryFolder();
  const good = join(folder, 'good.mat');
  await writeMat73(good, COFW);
  const bad = join(folder, 'bad.mat');
  writeFileSync(bad, readFileSync(good).subarray(0, -100));
  for (let i = 0; i < 4000; i++) await expect(readDataset('cofw', { path: bad })).rejects.toThrow(/unusual HDF5 file: "truncated file/);
  expect(await readDataset('cofw', { path: good })).toHaveLength(2);
}, 120_000);

test('HDF5: an array that claims more than it has, of another kind, or of one dimension', async () => {
  const path = join(temporaryFolder(), 'a.mat');
  const write = async (make: (file: h5wasm.File) => void) => {
    await h5wasm.ready;
    const file = new h5wasm.File(path, 'w');
    file.create_dataset({ name: 'IsTr', data: Float64Array.of(1), shape: [1, 1] });
    file.create_dataset({ name: 'bboxesTr', data: Float64Array.of(1, 2, 3, 4), shape: [4, 1] });
    make(file);
    file.close();
  };
  await write((file) => {
    const huge = file.create_dataset({ name: 'phisTr', data: Float64Array.of(1), shape: [1, 1], maxshape: [1e6, 1e6], chunks: [1, 1] });
    (huge as h5wasm.Dataset).resize([1e6, 1e6]);
  });
  await expect(readDataset('cofw', { path })).rejects.toThrow(
    /unusual HDF5 file: "\/phisTr has 8000000000000 bytes, more than any dataset"/,
  );
  await write((file) => file.create_dataset({ name: 'phisTr', data: ['a', 'b'] }));
  await expect(readDataset('cofw', { path })).rejects.toThrow(/an array of numbers was expected in \/phisTr/);
  await write((file) => file.create_dataset({ name: 'phisTr', data: Float64Array.of(1, 2), shape: [2] }));
  await expect(readDataset('cofw', { path })).rejects.toThrow(/an array holds 2 numbers for 2"/);
  await write((file) =>
    file.create_dataset({ name: 'phisTr', data: BigInt64Array.from({ length: 87 }, (_, i) => BigInt(i)), shape: [87, 1] }),
  );
  expect((await readDataset('cofw', { path }))[0].points![1]).toBe(29);
});

test('plain lists and folders', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '2.png'), PICTURE);
  writeFileSync(join(folder, '10.png'), PICTURE);
  writeFileSync(join(folder, 'list.txt'), `2.png ${faceAt(30, 30, 0.3).join(' ')}\n`);
  const [face] = await readDataset('list', { path: join(folder, 'list.txt') });
  expect(face.points).toEqual(faceAt(30, 30, 0.3));
  expect((await face.read()).height).toBe(50);

  const all = await readDataset('folder', { path: folder });
  expect(all.map(({ name, points, box }) => [name, points, box])).toEqual([
    ['2.png', undefined, undefined],
    ['10.png', undefined, undefined],
  ]);
  const boxes = join(folder, 'boxes.txt');
  writeFileSync(boxes, '2.png 5 6 25 36\n');
  expect((await readDataset('folder', { path: folder, boxes }))[0].box).toEqual({ x: 5, y: 6, width: 20, height: 30 });
  writeFileSync(boxes, '2.png 5 6 25 36\n2.png 5 6 5 36\n');
  await expect(readDataset('folder', { path: folder, boxes })).rejects.toThrow(`${boxes}:2: 5 6 5 36 is no box`);
  writeFileSync(boxes, '../2.png 5 6 25 36\n');
  await expect(readDataset('folder', { path: folder, boxes })).rejects.toThrow(/leads out of the folder/);
  await expect(readDataset('folder', { path: folderIn(folder, 'none') })).rejects.toThrow(/no pictures/);
});
