// @module-tag slow
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';

// Each test starts the program several times.
vi.setConfig({ testTimeout: 60_000 });

/** The built program in a process of its own, as a user runs it; `npm test` builds first. */
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const photograph = fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url));
const detectorFile = fileURLToPath(new URL('../../weights/faceboxesv2.safetensors', import.meta.url));
const modelFile = fileURLToPath(new URL('../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url));

const root = mkdtempSync(join(tmpdir(), 'pipnet-cli-'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  copyFileSync(photograph, join(folder, 'photo.jpg'));
});
afterAll(() => rmSync(root, { recursive: true }));

interface Result {
  status: number | null;
  out: string;
  error: string;
}

function run(args: string[], input?: Buffer): Result {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    timeout: 60_000,
    ...(input ? { input } : {}),
  });
  return { status, out: stdout.toString(), error: stderr.toString() };
}

function ok(args: string[], input?: Buffer): string {
  const { status, out, error } = run(args, input);
  expect({ status, error }).toEqual({ status: 0, error: '' });
  return out;
}

const files = () => readdirSync(folder).sort();

describe('pictures', () => {
  it('prints a face a line and draws beside the picture', () => {
    const out = ok(['photo.jpg']);
    expect(out).toMatch(
      /^photo\.jpg +512x600 +1 face +decode [\d.]+ ms, detection [\d.]+ ms, landmarks [\d.]+ ms \(cold\) +-> photo\.landmarks\.png\n +face 1 +box 1\d\d,\d+ +\d+x\d+ +score 0\.\d+ +landmarks 0\.\d+ +roll -?\d+°\n$/,
    );
    expect(files()).toEqual(['photo.jpg', 'photo.landmarks.png']);
    expect(readFileSync(join(folder, 'photo.landmarks.png')).subarray(1, 4).toString()).toBe('PNG');
  });

  it('--json: one object, no drawing', () => {
    const lines = ok(['--json', 'photo.jpg']).trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const result = JSON.parse(lines[0]);
    expect(result).toMatchObject({ schemaVersion: 1, image: 'photo.jpg', width: 512, height: 600 });
    expect(Object.keys(result.milliseconds)).toEqual(['decode', 'detection', 'landmarks']);
    expect(result.faces).toHaveLength(1);
    const [{ box, score, landmarks }] = result.faces;
    expect(score).toBeGreaterThan(0.8);
    expect(landmarks).toHaveLength(68);
    // The tip of the nose (30) lies in the middle of the face, the chin (8) below the mouth (57).
    expect(Math.abs(landmarks[30].x - (box.x + box.width / 2))).toBeLessThan(0.2 * box.width);
    expect(landmarks[8].y).toBeGreaterThan(landmarks[57].y);
    expect(files()).toEqual(['photo.jpg']);
  });

  it('--box skips detection and may be repeated', () => {
    const { faces, milliseconds } = JSON.parse(ok(['--json', '--box', '176,118,179,215', '--box', '170,110,190,230', 'photo.jpg']));
    expect(milliseconds.detection).toBe(0);
    expect(faces.map(({ box }: { box: object }) => box)).toEqual([
      { x: 176, y: 118, width: 179, height: 215 },
      { x: 170, y: 110, width: 190, height: 230 },
    ]);
    expect(
      Math.hypot(faces[0].landmarks[30].x - faces[1].landmarks[30].x, faces[0].landmarks[30].y - faces[1].landmarks[30].y),
    ).toBeLessThan(15);
  });

  it('standard input, folders, globs, --out, --no-draw', () => {
    mkdirSync(join(folder, 'in'));
    copyFileSync(photograph, join(folder, 'in', 'a.jpg'));
    expect(JSON.parse(ok(['--json', '-'], readFileSync(photograph))).faces).toHaveLength(1);
    expect(ok(['-'], readFileSync(photograph))).not.toContain('->');
    expect(ok(['-', '--draw', 'jpg', '--out', 'piped'], readFileSync(photograph))).toContain(join('-> piped', 'stdin.landmarks.jpg'));
    expect(ok(['in', '--out', 'drawn'])).toContain('a.jpg');
    expect(readdirSync(join(folder, 'drawn'))).toEqual(['a.landmarks.png']);
    expect(ok(['in/*.JPG', '--no-draw'])).toContain('1 face');
    expect(ok(['photo.jpg', '--out', 'face.png'])).toContain('face.png');
    expect(files()).toEqual(['drawn', 'face.png', 'in', 'photo.jpg', 'piped']);
  });

  it('--draw: as PNG, JPEG or SVG', () => {
    expect(ok(['--draw', 'svg', 'photo.jpg'])).toContain('-> photo.landmarks.svg');
    const svg = readFileSync(join(folder, 'photo.landmarks.svg'), 'utf8');
    expect(svg).toContain(`<image href="data:image/jpeg;base64,${readFileSync(photograph).toString('base64')}" width="512" height="600"/>`);
    expect(svg.match(/<circle /g)).toHaveLength(2 * 68);
    expect(JSON.parse(ok(['--json', '--out', 'face.jpg', 'photo.jpg'])).drawing).toBe('face.jpg');
    expect([...readFileSync(join(folder, 'face.jpg')).subarray(0, 2)]).toEqual([0xff, 0xd8]);
    // Another picture than the JPEG is in the SVG as PNG.
    ok(['--crops', '112', '--no-draw', 'photo.jpg']);
    ok(['--draw', 'svg', '--box', '10,0,90,112', '--out', 'face.svg', 'photo.face1.png']);
    expect(readFileSync(join(folder, 'face.svg'), 'utf8')).toContain('<image href="data:image/png;base64,iVBOR');
    expect(files()).toEqual(['face.jpg', 'face.svg', 'photo.face1.png', 'photo.jpg', 'photo.landmarks.svg']);
  });

  it('--format: labels that prepare reads', () => {
    expect(ok(['--format', 'pts', '--box', '176,118,179,215', '--box', '170,110,190,230', 'photo.jpg'])).toContain(
      '-> photo.pts, photo.face2.pts',
    );
    const { status, error } = run(['--format', 'pts', 'photo.jpg']);
    expect({ status, error }).toEqual({
      status: 1,
      error: 'pipnet-wasm: photo.jpg: photo.pts is there already, and labels are never overwritten: give another folder with --out\n',
    });
    for (const format of ['coco', 'cvat']) writeFileSync(join(folder, format), ok(['--format', format, 'photo.jpg']));
    expect(ok(['prepare', '--format', '300w', '.', '--out', 'faces'])).toContain('2 faces, 68 landmarks each');
    for (const format of ['coco', 'cvat'])
      expect(ok(['prepare', '--format', format, format, '--out', `faces-${format}`])).toContain('1 faces, 68 landmarks each');
    const list = (name: string) => readFileSync(join(folder, name, 'list.txt'), 'utf8');
    expect(list('faces-coco')).toBe(list('faces-cvat'));
    expect(ok(['--format', 'csv', 'photo.jpg']).trimEnd().split('\n')).toHaveLength(2);
    expect(files()).toEqual(['coco', 'cvat', 'faces', 'faces-coco', 'faces-cvat', 'photo.face2.pts', 'photo.jpg', 'photo.pts']);
  });

  it('--crops: each face in a file of its own, where drawings go', async () => {
    expect(ok(['--crops', '112', 'photo.jpg'])).toMatch(/ -> photo\.landmarks\.png, photo\.face1\.png\n/);
    const { drawing, crops } = JSON.parse(ok(['--json', '--crops', 'ffhq:200', '--box', '176,118,179,215', 'photo.jpg', '--out', 'faces']));
    expect([drawing, crops]).toEqual([join('faces', 'photo.landmarks.png'), [join('faces', 'photo.face1.png')]]);
    expect(ok(['--crops', 'eyes', '--no-draw', 'photo.jpg', '--out', 'eyes'])).toContain(join('-> eyes', 'photo.face1.png'));
    expect(files()).toEqual(['eyes', 'faces', 'photo.face1.png', 'photo.jpg', 'photo.landmarks.png']);
    const sizes = ['photo.face1.png', 'faces/photo.face1.png', 'eyes/photo.face1.png'].map((name) => {
      const png = readFileSync(join(folder, name));
      return [png.readUInt32BE(16), png.readUInt32BE(20)];
    });
    expect(sizes).toEqual([112, 200, 256].map((size) => [size, size]));
    // It is the face: found again, upright, in the middle.
    const [{ landmarks, roll }] = JSON.parse(ok(['--json', 'faces/photo.face1.png'])).faces;
    expect(Math.abs(roll)).toBeLessThan(5);
    expect(Math.abs(landmarks[30].x - 100)).toBeLessThan(20);
    expect(Math.abs(landmarks[30].y - 120)).toBeLessThan(20);
    // A folder's crops are no pictures of the next run.
    expect(ok(['.', '--no-draw']).match(/face 1/g)).toHaveLength(1);
  });

  it('a picture without faces, even of one pixel, is no error', () => {
    // BITMAPFILEHEADER and BITMAPINFOHEADER of 1 x 1 pixel in 24 bits, then its row of 4 bytes.
    const bmp = Buffer.alloc(58);
    bmp.write('BM');
    for (const [at, value] of [
      [2, 58],
      [10, 54],
      [14, 40],
      [18, 1],
      [22, 1],
      [34, 4],
    ])
      bmp.writeUInt32LE(value, at);
    bmp.writeUInt16LE(1, 26);
    bmp.writeUInt16LE(24, 28);
    writeFileSync(join(folder, 'one.bmp'), bmp);
    const { status, out, error } = run(['one.bmp', 'photo.jpg', '--no-draw']);
    expect(status).toBe(0);
    expect(out).toMatch(/^one\.bmp +1x1 +no face found .* \(cold\)\nphoto\.jpg +512x600 +1 face [^(]*\n/);
    expect(error).toMatch(/^pipnet-wasm: no face was found in 1 of 2 pictures: try a --threshold below 0\.6, [^\n]*\n$/);
    expect(JSON.parse(ok(['--json', 'one.bmp'])).faces).toEqual([]);
    expect(files()).toEqual(['one.bmp', 'photo.jpg']);
  });

  it.skipIf(!existsSync('/dev/full'))('output that finds no room', () => {
    const { status, stderr } = spawnSync(process.execPath, [program, '--json', 'photo.jpg'], {
      cwd: folder,
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    expect({ status, error: stderr.toString() }).toEqual({
      status: 1,
      error: "pipnet-wasm: can't write standard output: the disk is full\n",
    });
  });

  it('one bad picture among several: the others are done, the exit code is 1', () => {
    const { status, out, error } = run(['--json', 'photo.jpg', 'missing.jpg']);
    expect(status).toBe(1);
    expect(error).toBe('');
    const [good, bad] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(good.faces).toHaveLength(1);
    expect(bad).toMatchObject({ schemaVersion: 1, image: 'missing.jpg', error: { name: 'ImageError' } });
  });
});

describe('errors are one line, exit code 1, and leave nothing behind', () => {
  const jpeg = readFileSync(photograph);
  const claims = (bytes: Buffer, side: number) => {
    const copy = Buffer.from(bytes);
    let at = 2;
    while (copy[at + 1] !== 0xc0) at += 2 + copy.readUInt16BE(at + 2);
    copy.writeUInt16BE(side, at + 5);
    copy.writeUInt16BE(side, at + 7);
    return copy;
  };
  const model = readFileSync(modelFile);
  const tampered = Buffer.from(model);
  tampered.writeBigUInt64LE(1n << 60n);
  const content: Record<string, Buffer> = {
    'empty.jpg': Buffer.alloc(0),
    'text.jpg': Buffer.from('hello, world\n'),
    'cut.jpg': jpeg.subarray(0, 30_000),
    'huge.jpg': claims(jpeg, 20_000),
    'picture.webp': Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'),
    'cut.safetensors': model.subarray(0, 5000),
    'tampered.safetensors': tampered,
    'evil.pth': Buffer.from('\x80\x02cos\nsystem\nq\0X\x04\0\0\0trueq\x01\x85q\x02Rq\x03.', 'latin1'),
    'list.txt': Buffer.from('photo.jpg 1 2 3 4\n'),
    'mean.txt': Buffer.from('0.1 0.2 0.3\n'),
  };
  const cases: [string, string[], RegExp][] = [
    ['no argument', [], /missing required argument/],
    ['unknown option', ['--fast', 'photo.jpg'], /unknown option/],
    ['an unknown format', ['--format', 'xls', 'photo.jpg'], /Allowed choices are text, json, csv, coco, cvat, pts/],
    ['two formats', ['--json', '--format', 'csv', 'photo.jpg'], /cannot be used with/],
    ['--out for nothing', ['--out', 'x', '--no-draw', 'photo.jpg'], /--out x and --no-draw: nothing is left/],
    ['missing file', ['missing.jpg'], /missing\.jpg .*no such file/],
    ['empty file', ['empty.jpg'], /empty\.jpg is empty/],
    ['text called .jpg', ['text.jpg'], /not a picture/],
    ['truncated JPEG', ['cut.jpg'], /truncated/],
    ['20000 x 20000 pixels', ['huge.jpg'], /20000x20000/],
    ['WebP', ['picture.webp'], /WebP/],
    ['box outside', ['--box', '9000,9000,10,10', 'photo.jpg'], /9000,9000,10,10/],
    ['box of no size', ['--box', '1,1,0,5', 'photo.jpg'], /0 wide/],
    ['box with NaN', ['--box', 'NaN,1,2,3', 'photo.jpg'], /NaN/],
    ['threshold', ['--threshold', '2', 'photo.jpg'], /--threshold 2/],
    ['truncated model', ['--model', 'cut.safetensors', 'photo.jpg'], /cut\.safetensors/],
    ['tampered model', ['--model', 'tampered.safetensors', 'photo.jpg'], /tampered\.safetensors/],
    ['detector as model', ['--model', detectorFile, 'photo.jpg'], /face detector/],
    [
      'hostile checkpoint',
      ['convert', 'evil.pth', '--backbone', 'resnet18', '--mean-face', 'mean.txt', '--out', 'out.safetensors'],
      /evil\.pth|mean\.txt/,
    ],
    ['wrong landmark count', ['evaluate', '--list', 'list.txt', '--images', '.'], /2 landmarks, but the model answers with 68|list\.txt:1/],
  ];
  it.each(cases)('%s', (_name, args, message) => {
    for (const [name, bytes] of Object.entries(content)) writeFileSync(join(folder, name), bytes);
    const before = files();
    const { status, out, error } = run(args);
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(error).toMatch(/^pipnet-wasm: [^\n]+\n$/);
    expect(error).toMatch(message);
    expect(files()).toEqual(before);
  });
});

describe('other commands', () => {
  it('evaluate: the faces of the clone, of which our models err as their page says', () => {
    const sample = fileURLToPath(new URL('../../examples/faces/', import.meta.url));
    const nmeOf = (model: string) => {
      const { count, merged } = JSON.parse(
        ok(['evaluate', '--list', join(sample, 'list.txt'), '--images', join(sample, 'images'), '--model', model, '--json']),
      );
      expect(count).toBe(12);
      return (100 * merged.nme).toFixed(1);
    };
    const page = readFileSync(join(sample, 'README.md'), 'utf8');
    const said = [...page.matchAll(/`(\w+)`[^%`]* (\d\.\d) %/g)].map(([, model, nme]) => [model, nme]);
    expect(said).toHaveLength(3);
    expect(said.map(([model]) => [model, nmeOf(model)])).toEqual(said);
  });

  it('quantize, evaluate and export one after the other', () => {
    expect(ok(['quantize', modelFile, '--images', 'photo.jpg', '--out', 'i8.safetensors'])).toContain('34 layers in int8');
    const { faces } = JSON.parse(ok(['--json', 'photo.jpg']));
    const points = faces[0].landmarks.map(({ x, y }: { x: number; y: number }) => `${x} ${y}`).join(' ');
    writeFileSync(join(folder, 'list.txt'), `photo.jpg ${points}\n`);
    const evaluation = ok([
      'evaluate',
      '--json',
      '--list',
      'list.txt',
      '--images',
      '.',
      '--model',
      'i8.safetensors',
      '--plot',
      'curve.svg',
    ]);
    // Another crop and int8 move the points of one face by little.
    expect(evaluation).toMatch(/"nme": 0\.0[0-3]/);
    expect(readFileSync(join(folder, 'curve.svg'), 'utf8')).toMatch(/^<svg/);
    expect(ok(['export', '--onnx', 'model.onnx'])).toContain('model.onnx');
    expect(files()).toEqual(['curve.svg', 'i8.safetensors', 'list.txt', 'model.onnx', 'photo.jpg']);
  });

  it('bench: a table, JSON, a profile', () => {
    const result = JSON.parse(ok(['bench', '--json', '--seconds', '0.3']));
    expect(result.timings).toHaveLength(3);
    expect(result.picture.faces).toBe(1);
    for (const { median, p95 } of result.timings) expect(p95).toBeGreaterThanOrEqual(median);
    expect(ok(['bench', '--profile'])).toMatch(/features\.17\.conv\.2 +gemm +[\d.]+ +[\d.]+ +[\d.]+ %/);
  });

  it('help has examples for every command', () => {
    for (const command of [[], ['convert'], ['quantize'], ['export'], ['evaluate'], ['bench']]) {
      const help = execFileSync(process.execPath, [program, ...command, '--help'], { encoding: 'utf8' });
      expect(help).toMatch(/Examples:\n {2}\$ pipnet-wasm/);
    }
  });
});
