import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { convertCommand } from '../../src/cli/convert.ts';
import { ArgumentError, DataError, ModelError } from '../../src/base/errors.ts';
import { writeFileAtomic } from '../../src/files/write-file.ts';
import { readModel, writeModel, type PipnetModel } from '../../src/weights/model.ts';
import type { Tensor } from '../../src/weights/tensor.ts';
import { concat, pickle, py, tensor, zip } from './files.ts';
import { smallFaceboxes, smallPipnet } from './models.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipnet-convert-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** A checkpoint of whatever tensors, in the zip format. */
function saveCheckpoint(name: string, tensors: Map<string, Tensor>): string {
  const entries = [...tensors].map(([tensorName, { shape, data }], i) => ({ key: String(i), tensorName, shape, data }));
  const dict = py.dict(entries.map(({ key, tensorName, shape, data }) => [tensorName, tensor({ key, count: data.length }, shape)]));
  const storages = entries.map(({ key, data }) => ({
    name: `net/data/${key}`,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  writeFileSync(at(name), zip([{ name: 'net/data.pkl', data: pickle(dict) }, ...storages]));
  return at(name);
}

const five = smallPipnet();
const pth = saveCheckpoint('five.pth', five.tensors);
const detectorPth = saveCheckpoint('detector.pth', smallFaceboxes().tensors);
const meanFace = at('meanface.txt');
writeFileSync(meanFace, [...five.meanFace].join(' '));
const options = ['--backbone', 'mobilenet_v2', '--landmarks', '5', '--neighbours', '2', '--mean-face', meanFace];

const log = vi.spyOn(console, 'log').mockImplementation(() => {});
afterEach(() => log.mockClear());

/** Runs the command and gives what it printed. */
async function convert(...args: string[]): Promise<string> {
  const command = convertCommand().exitOverride();
  command.configureOutput({ writeErr: () => {} });
  await command.parseAsync(args, { from: 'user' });
  return log.mock.calls.flat().join('\n');
}

const load = (file: string) => readModel(new Uint8Array(readFileSync(at(file))), file);
const withoutTensors = ({ tensors: _, ...rest }: PipnetModel) => rest;

describe('pipnet-wasm convert', () => {
  it('makes a model of a checkpoint, and says so in one line', async () => {
    const out = at('five.safetensors');
    const printed = await convert(
      pth,
      ...options,
      '--scheme',
      'five',
      '--supervised-crop',
      'wflw',
      '--licence',
      'none; random',
      '--nme',
      '50 %',
      '--dtype',
      'f32',
      '--out',
      out,
    );
    expect(printed).toBe(`${out}: PIPNet mobilenet_v2, 5 landmarks (five), 2.30 M parameters as f32, 9.2 MB`);
    const model = load('five.safetensors') as PipnetModel;
    expect(withoutTensors(model)).toEqual(withoutTensors(five));
    const name = 'features.0.0.weight';
    expect(model.tensors.get(name)).toEqual(five.tensors.get(name));
  });

  it('needs few options: scheme and crop follow from the number of landmarks, weights become f16', async () => {
    expect(await convert(pth, ...options, '--out', at('plain.safetensors'))).toMatch(
      /5 landmarks \(custom\), 2\.30 M parameters as f16, 4\.8 MB$/,
    );
    expect(load('plain.safetensors')).toMatchObject({
      scheme: 'custom',
      supervisedCrop: '300w',
      detectorCrop: 'detector',
      licence: 'unknown',
      inputSize: 256,
    });
  });

  it('makes a detector', async () => {
    expect(await convert(detectorPth, '--backbone', 'faceboxesv2', '--licence', 'MIT', '--out', at('detector.safetensors'))).toMatch(
      /FaceBoxesV2, 1\.03 M parameters as f16/,
    );
    expect(load('detector.safetensors')).toMatchObject({ kind: 'faceboxes', licence: 'MIT' });
  });

  it('gives a model file another number format, in place if told so', async () => {
    const path = at('again.safetensors');
    writeFileSync(path, writeModel(five, 'f32'));
    expect(await convert(path, '--dtype', 'i8', '--out', path)).toMatch(/as i8, 2\.6 MB/);
    expect(withoutTensors(load('again.safetensors') as PipnetModel)).toEqual(withoutTensors(five));
    await convert(path, '--licence', 'MIT', '--nme', '3 %', '--out', path);
    expect(withoutTensors(load('again.safetensors') as PipnetModel)).toEqual({ ...withoutTensors(five), licence: 'MIT', nme: '3 %' });
  });

  it.each<[string, string[], new (message: string) => Error, RegExp]>([
    ['a file that is missing', [at('none.pth'), ...options], ModelError, /none\.pth can't be read: there is no such file/],
    ['a folder', [folder, ...options], ModelError, /it is a folder/],
    ['a file of another kind', [meanFace, ...options], ModelError, /meanface\.txt: neither a PyTorch checkpoint nor a safetensors file/],
    ['no backbone', [pth], ArgumentError, /five\.pth is a checkpoint: name its network with --backbone, one of resnet18, .*, faceboxesv2/],
    ['no mean face', [pth, '--backbone', 'resnet18'], ArgumentError, /name the file with --mean-face/],
    ['a mean face that is missing', [pth, ...options, '--mean-face', at('none.txt')], DataError, /can't read the mean face .*none\.txt/],
    [
      'a mean face of another count',
      [pth, ...options, '--landmarks', '68'],
      DataError,
      /meanface\.txt: 10 numbers, but 68 landmarks need 136/,
    ],
    ['another backbone', [pth, ...options, '--backbone', 'resnet18'], ModelError, /five\.pth: the parameters don't fit the network/],
    ['other neighbours', [pth, ...options, '--neighbours', '3'], ModelError, /nb_x_layer\.weight \(10x1280x1x1 instead of 15x1280x1x1\)/],
    ['an unknown stride', [pth, ...options, '--stride', '48'], ModelError, /unknown stride 48/],
    ['a count that is none', [pth, ...options, '--stride', '3.5'], ArgumentError, /--stride 3.5 is not a whole number/],
    [
      'options that a detector has no use for',
      [detectorPth, '--backbone', 'faceboxesv2', '--mean-face', meanFace],
      ArgumentError,
      /--mean-face has no meaning here: faceboxesv2 is a detector/,
    ],
    [
      'options that a model file knows',
      [at('known.safetensors'), '--nme', '3 %'],
      ArgumentError,
      /--nme has no meaning here: .*known\.safetensors is a model file/,
    ],
    [
      'a folder to write to that is missing',
      [pth, ...options, '--out', at('none/x.safetensors')],
      ArgumentError,
      /can't write .*x\.safetensors: there is no folder .*none/,
    ],
    ['a file as folder', [pth, ...options, '--out', join(pth, 'x.safetensors')], ArgumentError, /five\.pth is not a folder/],
  ])('refuses %s in one line, and writes nothing', async (_, args, type, message) => {
    writeFileSync(at('known.safetensors'), writeModel(smallFaceboxes(), 'f16'));
    const before = readdirSync(folder);
    const error: unknown = await convert('--out', at('refused.safetensors'), ...args).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
    expect(readdirSync(folder)).toEqual(before);
  });

  it.each([
    ['--backbone', 'vgg', /Allowed choices are resnet18, .*, faceboxesv2/],
    ['--dtype', 'f8', /Allowed choices are f32, f16, i8/],
    ['--supervised-crop', 'cofw', /Allowed choices are 300w, wflw/],
  ])('%s %s: names the choices', async (option, value, message) => {
    await expect(convert(pth, '--out', at('x'), option, value)).rejects.toThrow(message);
  });

  it('a checkpoint that would run a command is refused by name', async () => {
    const path = at('evil.pth');
    writeFileSync(
      path,
      zip([{ name: 'net/data.pkl', data: pickle(py.call(py.global('os', 'system'), py.string(`touch ${at('owned')}`))) }]),
    );
    await expect(convert(path, ...options, '--out', at('x'))).rejects.toThrow(/evil\.pth: refused global os\.system/);
    expect(existsSync(at('owned'))).toBe(false);
  });

  it('explains itself with examples', () => {
    let help = '';
    const command = convertCommand().configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toMatch(/Examples:\n {2}\$ pipnet-wasm convert /);
    for (const option of [
      '--backbone',
      '--landmarks',
      '--neighbours',
      '--stride',
      '--mean-face',
      '--scheme',
      '--supervised-crop',
      '--licence',
      '--nme',
      '--out',
      '--dtype',
    ]) {
      expect(help).toContain(option);
    }
  });
});

describe('writeFileAtomic', () => {
  it('replaces a file, and leaves nothing else behind', async () => {
    mkdirSync(at('own'));
    await writeFileAtomic(at('own/file'), concat('old'));
    await writeFileAtomic(at('own/file'), 'new');
    expect(readFileSync(at('own/file'), 'utf8')).toBe('new');
    expect(readdirSync(at('own'))).toEqual(['file']);
  });

  it('does not replace a folder', async () => {
    mkdirSync(at('taken'));
    await expect(writeFileAtomic(at('taken'), 'x')).rejects.toThrow(/can't write .*taken: it is a folder/);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('says so where permission is missing (skipped for root)', async () => {
    mkdirSync(at('locked'));
    chmodSync(at('locked'), 0o500);
    await expect(writeFileAtomic(at('locked/x'), 'x')).rejects.toThrow(/permission denied/);
  });
});
