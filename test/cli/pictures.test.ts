// Which pictures arguments mean, and where their drawings go.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findPictures } from '../../src/cli/inputs.ts';
import type { DrawingFormat } from '../../src/cli/drawing.ts';
import { planOutputs } from '../../src/cli/outputs.ts';
import { ArgumentError } from '../../src/base/errors.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'pipnet-cli-')));
afterAll(() => rmSync(root, { recursive: true }));

for (const folder of ['holiday', 'holiday/below', 'empty', 'other', 'mixed', 'foreign', 'cut']) mkdirSync(join(root, folder));
for (const file of [
  'holiday/10.jpg',
  'holiday/2.JPG',
  'holiday/a[1].png',
  'holiday/2.landmarks.png',
  'holiday/2.face1.png',
  'holiday/notes.txt',
  'holiday/.hidden.jpg',
  'holiday/below/deep.webp',
  'mixed/1.heic',
  'mixed/2.HEIC',
  'mixed/3.tif',
  'mixed/4.avif',
  'foreign/1.heic',
  'empty/notes.txt',
  'cut/a.face1.png',
  'other/10.jpg',
  'other/10.png',
]) {
  writeFileSync(join(root, file), '');
}
symlinkSync(join(root, 'other'), join(root, 'linked'));

const at = (...names: string[]) => names.map((name) => join(root, name));
const names = (paths: Iterable<string>) => [...paths].map((path) => relative(root, path));

describe('findPictures', () => {
  const find = async (...args: string[]) => names(await findPictures(at(...args)));

  it('a folder: all pictures directly inside, in natural order, without drawings and crops', async () => {
    expect(await find('holiday')).toEqual(['holiday/2.JPG', 'holiday/10.jpg', 'holiday/a[1].png']);
  });

  it('globs, whatever the case of the extension', async () => {
    expect(await find('holiday/*.jpg')).toEqual(['holiday/2.JPG', 'holiday/10.jpg']);
    expect(await find('**/*')).toContain('holiday/below/deep.webp');
    expect(await find('holiday/{2,10}.*')).toEqual(['holiday/2.JPG', 'holiday/10.jpg']);
  });

  it('says once how many pictures of which formats are skipped', async () => {
    const lines: string[] = [];
    expect(names(await findPictures([...at('mixed'), ...at('holiday')], (line) => lines.push(line)))[0]).toBe('mixed/4.avif');
    expect(lines).toEqual([expect.stringMatching(/mixed: skipped 3 pictures of formats that can't be read \(2 HEIC, 1 TIFF\): save them/)]);
  });

  it('a file whose name looks like a glob', async () => {
    expect(await find('holiday/a[1].png')).toEqual(['holiday/a[1].png']);
  });

  it('each picture once, in the order of the arguments; missing files and standard input are kept', async () => {
    expect(await find('other/10.png', 'missing.jpg', 'other', 'other/*.jpg')).toEqual(['other/10.png', 'missing.jpg', 'other/10.jpg']);
    expect(await findPictures(['-', 'x.jpg', '-'])).toEqual(['-', 'x.jpg']);
  });

  it.each([
    ['empty', /^folder .*empty has no pictures/],
    ['cut', /^folder .*cut has no pictures .* directly inside but drawings or crops of our own \(1\): name each that is to be read$/],
    ['empty/*.jpg', /^no picture .* matches .*empty\/\*\.jpg$/],
    ['foreign', /has no pictures .* directly inside, but 1 picture of a format that can't be read \(1 HEIC\)/],
    ['nowhere/*.png', /^no picture .* matches/],
  ])('%s is an error', async (arg, message) => {
    const error = await findPictures(at(arg)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as ArgumentError).message).toMatch(message);
  });
});

describe('planOutputs', () => {
  const drawings = async (...args: Parameters<typeof planOutputs>) =>
    [...(await planOutputs(...args)).values()].map(({ drawing }) => drawing);
  const plan = async (pictures: string[], out?: string, format?: DrawingFormat) =>
    names(
      await drawings(
        pictures.map((name) => (name === '-' ? name : join(root, name))),
        out && join(root, out),
        format,
      ),
    );

  it('beside the picture, or in the current folder for standard input', async () => {
    expect(await plan(['holiday/10.jpg', 'missing.jpg'])).toEqual(['holiday/10.landmarks.png', 'missing.landmarks.png']);
    expect(await planOutputs(['-'])).toEqual(new Map([['-', { drawing: 'stdin.landmarks.png', stem: 'stdin' }]]));
  });

  it('in a folder that is made', async () => {
    expect(await plan(['holiday/10.jpg', '-'], 'new/drawings')).toEqual([
      'new/drawings/10.landmarks.png',
      'new/drawings/stdin.landmarks.png',
    ]);
  });

  it('of another format, as is said or as the file ends', async () => {
    expect(await plan(['holiday/10.jpg', 'other/10.jpg'], 'new', 'svg')).toEqual(['new/10.landmarks.svg', 'new/10-2.landmarks.svg']);
    expect(await plan(['holiday/10.jpg'], 'new/face.jpg')).toEqual(['new/face.jpg']);
    expect(await plan(['holiday/10.jpg'], 'new/face.svg', 'svg')).toEqual(['new/face.svg']);
    await expect(plan(['holiday/10.jpg'], 'new/face.svg', 'jpg')).rejects.toThrow(/face\.svg doesn't end in \.jpg: give another name/);
  });

  it('in a .png file for a single picture, also where a folder is called so', async () => {
    expect(await plan(['holiday/10.jpg'], 'new/face.PNG')).toEqual(['new/face.PNG']);
    expect((await planOutputs(['-'], join(root, 'new/face.PNG'))).get('-')!.stem).toBe(join(root, 'new/face'));
    mkdirSync(join(root, 'folder.png'));
    expect(await plan(['holiday/10.jpg'], 'folder.png')).toEqual(['folder.png/10.landmarks.png']);
  });

  it('never two in one file', async () => {
    expect(await plan(['holiday/10.jpg', 'other/10.jpg', 'other/10.png'], 'all')).toEqual([
      'all/10.landmarks.png',
      'all/10-2.landmarks.png',
      'all/10-3.landmarks.png',
    ]);
    expect(await plan(['other/10.jpg', 'linked/10.png'])).toEqual(['other/10.landmarks.png', 'linked/10-2.landmarks.png']);
  });

  it('never over a picture that was given', async () => {
    expect(await plan(['holiday/2.JPG', 'holiday/2.landmarks.png'])).toEqual([
      'holiday/2-2.landmarks.png',
      'holiday/2.landmarks.landmarks.png',
    ]);
    expect(await plan(['other/10.png', 'other/10.FACE12.png'])).toEqual(['other/10-2.landmarks.png', 'other/10.FACE12.landmarks.png']);
    await expect(plan(['other/10.png'], 'linked/10.png')).rejects.toThrow(/10\.png is the picture itself, or .*: give another name$/);
    await expect(plan(['other/10.face1.png'], 'other/10.svg')).rejects.toThrow(/10\.svg is the picture itself, or what is made of it/);
  });

  it.each([
    [['holiday/10.jpg', 'other/10.jpg'], 'one.png', /is one file for 2 pictures: give a folder$/],
    [['holiday/10.jpg'], 'face.webp', /is neither a folder nor a drawing: these end in \.png, \.jpg, \.svg$/],
    [['holiday/10.jpg'], 'holiday/notes.txt', /is neither a folder nor a drawing/],
    [['holiday/10.jpg'], 'holiday/notes.txt/below', /can't make the folder .*\(ENOTDIR\)$/],
  ])('%s to %s is an error', async (pictures, out, message) => {
    const error = await plan(pictures, out).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as ArgumentError).message).toMatch(message);
  });
});
