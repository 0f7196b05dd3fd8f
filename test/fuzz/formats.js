/**
 * What is fuzzed: of each format the files that are mutated, and the reader that a user's file of it reaches. Pictures are
 * those of this folder's seeds/ and of test/image/samples, by their ending.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PipnetError } from 'pipnet-wasm';
import { shippedFile } from '../../dist/files/shipped.js';
import { crc32 } from '../../dist/base/crc32.js';

const FOLDERS = ['./seeds/', '../image/samples/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

/** What seeds of lists call their first picture. */
const PICTURE = 'a.png';

const NUMBERS = [
  'NaN',
  'Infinity',
  '-1',
  '0',
  '1e308',
  '1e999',
  '0x10',
  '9007199254740993',
  '.',
  '-',
  '\0',
  '\n',
  '\r',
  ' ',
  '\xef\xbb\xbf',
  '../',
  '/etc/passwd',
  '\x1b[2J',
];
const PICKLE = [
  '\x80\x02',
  '.',
  '(',
  ')',
  '}',
  ']',
  'N',
  'K\x01',
  'J\xff\xff\xff\x7f',
  '\x8a\x08',
  'X\x04\0\0\0',
  'q\0',
  'h\0',
  'R',
  'b',
  'Q',
  't',
  'u',
  's',
  'e',
  'a',
  'cos\nsystem\n',
  'ctorch\nFloatStorage\n',
  'PK\x03\x04',
  'PK\x01\x02',
  'PK\x05\x06',
  'PK\x06\x06',
];
const SAFETENSORS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  'F32',
  'F16',
  'I8',
  'BOOL',
  'F64',
  '__metadata__',
  '__proto__',
  'data_offsets',
  'shape',
  '-1',
  '1e99',
  '9007199254740993',
  '4294967296',
];
const HDF5 = ['\x89HDF\r\n\x1a\n', 'TREE', 'HEAP', 'SNOD', 'GCOL', 'OHDR', 'OCHK', 'FRHP', 'BTHD', '\xff\xff\xff\xff\xff\xff\xff\xff'];
const MAT5 = ['\x0e\0\0\0', '\x0f\0\0\0', '\x01\0\x04\0', '\x09\0\0\0', '\x0c\0\0\0', '\x05\0\0\0\x08\0\0\0'];

/** Marks of the pictures' formats. */
const PICTURES = {
  jpg: [
    '\xff\xd8',
    '\xff\xd9',
    '\xff\xda',
    '\xff\xdb',
    '\xff\xc0',
    '\xff\xc2',
    '\xff\xc4',
    '\xff\xdd',
    '\xff\xd0',
    '\xff\xd7',
    '\xff\xe1',
    '\xff\xee',
    '\xff\xff',
    'Exif\0\0',
    'Adobe',
    '\0\x11\x08',
  ],
  png: ['IHDR', 'IDAT', 'IEND', 'PLTE', 'tRNS', 'eXIf', 'acTL', 'fcTL', 'fdAT', 'iCCP', 'gAMA', 'zTXt', 'iTXt', '\x89PNG\r\n\x1a\n'],
  bmp: ['BM', '\x28\0\0\0', '\x0c\0\0\0', '\x7c\0\0\0', '\x01\0\x18\0', '\x01\0\x20\0', '\x01\0\x08\0', '\x01\0\x01\0', '\x03\0\0\0'],
  gif: ['GIF89a', 'GIF87a', ',', ';', '!\xf9\x04', '!\xff\x0bNETSCAPE2.0', '\x02', '\x0c', '\xff\xff\xff\xff'],
  tif: [
    'II*\0',
    'MM\0*',
    '\0\x01\x03\0',
    '\x11\x01\x04\0',
    '\x16\x01\x03\0',
    '\x17\x01\x04\0',
    '\x03\x01\x03\0',
    '\x06\x01\x03\0',
    '\x15\x01\x03\0',
    '\x3d\x01\x03\0',
  ],
  webp: ['RIFF', 'WEBP', 'VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'EXIF', 'ICCP', '\x9d\x01\x2a', '\x2f'],
  avif: ['ftyp', 'avif', 'avis', 'meta', 'iprp', 'ipco', 'ispe', 'av1C', 'iloc', 'iinf', 'mdat', 'irot', 'imir', 'grid', 'pixi'],
};

/**
 * @typedef {object} Format
 * @property {() => Buffer[]} seeds the files that mutations start from
 * @property {string[]} tokens see `mutate`
 * @property {(bytes: Buffer, folder: string) => Promise<unknown>} read may write into the folder
 * @property {(bytes: Buffer) => Buffer} [repair] puts checksums right, so that what lies behind them is reached
 */

const FORMATS = {
  ...Object.fromEntries(
    Object.entries(PICTURES).map(([ending, tokens]) => [
      ending,
      { tokens, read: readPicture, ...(ending === 'png' ? { repair: withChunkChecksums } : {}) },
    ]),
  ),
  y4m: {
    tokens: [...NUMBERS, 'YUV4MPEG2 ', 'FRAME\n', ' W', ' H', ' F', ' C', '420jpeg', '422', '444', 'mono', ' XCOLORRANGE=FULL', '99999'],
    read: readVideo,
  },
  mjpeg: { tokens: [...PICTURES.jpg, '\xff\xd8\xff', '\r\n--frame\r\n'], read: readVideo },
  animation: { tokens: [...PICTURES.gif, '!\xf9\x04\x08\x01\0\0\0', '!\xf9\x04\x0d\x01\0\0\0'], read: readVideo },
  safetensors: {
    tokens: SAFETENSORS,
    read: async (bytes) => (await import('../../dist/weights/safetensors.js')).readSafetensors(bytes, 'file'),
  },
  model: {
    seeds: () => filesOf('model', shippedFile('facegrid')),
    tokens: [...SAFETENSORS, 'pipnet-wasm', 'faceboxesv2', 'facegrid', 'mean_face'],
    read: async (bytes) => (await import('../../dist/weights/model.js')).readModel(bytes, 'file'),
  },
  pth: { tokens: PICKLE, read: async (bytes) => (await import('../../dist/weights/checkpoint.js')).readCheckpoint(bytes, 'file') },
  training: {
    tokens: SAFETENSORS,
    repair: withChecksum,
    read: async (bytes) => (await import('../../dist/train/checkpoint.js')).readTraining(bytes, { seed: 1, batch: 4 }, 'file'),
  },
  list: { tokens: NUMBERS, read: (bytes, folder) => readFaces('list', folder, { path: put(bytes, folder, 'list.txt') }) },
  detection: {
    tokens: [...NUMBERS, ...SAFETENSORS, '"faces"', '"box"', '"points"', '"score"'],
    read: async (bytes) => (await import('../../dist/datasets/detection-list.js')).parseDetectionList(String(bytes), 'file'),
  },
  boxes: {
    tokens: NUMBERS,
    read: (bytes, folder) => readFaces('folder', folder, { path: folder, boxes: put(bytes, folder, 'boxes.txt') }),
  },
  pts: {
    tokens: [...NUMBERS, 'n_points:', 'version:', '{', '}', '//'],
    read(bytes, folder) {
      put(bytes, folder, 'a.pts');
      return readFaces('300w', folder, { path: folder });
    },
  },
  coco: {
    tokens: [...NUMBERS, ...SAFETENSORS, '"images"', '"annotations"', '"image_id"', '"keypoints"', '"file_name"', '"bbox"'],
    read: (bytes, folder) => readFaces('coco', folder, { path: put(bytes, folder, 'labels.json') }),
  },
  cvat: {
    tokens: [...NUMBERS, '<', '>', '/>', '"', '=', ';', '&#', '&amp;', '<!--', '-->', '<![CDATA[', '<?', '<image', '<points', '<skeleton>'],
    read: (bytes, folder) => readFaces('cvat', folder, { path: put(bytes, folder, 'labels.xml') }),
  },
  wflw: { tokens: NUMBERS, read: (bytes, folder) => readFaces('wflw', folder, { path: put(bytes, folder, 'list.txt'), images: folder }) },
  cofw: { tokens: MAT5, read: (bytes, folder) => readFaces('cofw', folder, { path: put(bytes, folder, 'a.mat') }) },
  aflw: { tokens: MAT5, read: (bytes, folder) => readFaces('aflw', folder, { path: put(bytes, folder, 'a.mat'), images: folder }) },
  'cofw-hdf5': { tokens: HDF5, read: (bytes, folder) => readFaces('cofw', folder, { path: put(bytes, folder, 'a.mat') }) },
  'aflw-hdf5': { tokens: HDF5, read: (bytes, folder) => readFaces('aflw', folder, { path: put(bytes, folder, 'a.mat'), images: folder }) },
  meanface: {
    tokens: NUMBERS,
    read: async (bytes) => (await import('../../dist/weights/mean-face.js')).parseMeanFace(String(bytes), 5, 'file'),
  },
};

/** @type {Record<string, Format>} */
export default Object.fromEntries(Object.entries(FORMATS).map(([name, format]) => [name, { seeds: () => filesOf(name), ...format }]));

/** The files of an ending, and others. */
function filesOf(ending, ...more) {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => extname(name) === `.${ending}`)
      .sort()
      .map((name) => join(folder, name)),
  );
  return [...files, ...more].map((file) => readFileSync(file));
}

async function readPicture(bytes) {
  const { decodeImage } = await import('pipnet-wasm/image');
  const { data, width, height } = await decodeImage(bytes, 'file');
  if (!(width > 0 && height > 0) || data.length !== width * height * 4)
    throw new Error(`${data.length} bytes for ${width} x ${height} pixels`);
}

/** Reads all frames of a stream, also those behind one that is damaged. */
async function readVideo(bytes) {
  const { openStream } = await import('../../dist/cli/video-source.js');
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  })();
  const { frames } = await openStream(pieces, 'file', [30, 1], bytes.length);
  let refused;
  for await (const { read } of frames) {
    try {
      const { data, width, height } = await read();
      if (data.length !== width * height * 3 && data.length !== width * height * 4)
        throw new Error(`${data.length} bytes for ${width} x ${height} pixels`);
    } catch (error) {
      if (!(error instanceof PipnetError)) throw error;
      refused ??= error;
    }
  }
  if (refused) throw refused;
}

/** @param source what `readDataset` takes; pictures, where they are files, are the folder's only one */
async function readFaces(format, folder, source) {
  const { readDataset } = await import('pipnet-wasm/train');
  const picture = join(folder, PICTURE);
  if (!existsSync(picture)) writeFileSync(picture, readFileSync(new URL('./seeds/plain.png', import.meta.url)));
  const faces = await readDataset(format, source);
  for (const { points } of faces) if (points && points.length % 2 !== 0) throw new Error(`${points.length} coordinates`);
  await faces[0].read();
}

function put(bytes, folder, name) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function withChecksum(bytes) {
  if (bytes.length >= 4) bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** A chunk: length, type, data, checksum of type and data. */
function withChunkChecksums(png) {
  for (let at = 8; at + 12 <= png.length; ) {
    const end = at + 8 + png.readUInt32BE(at);
    if (end + 4 > png.length) break;
    png.writeUInt32BE(crc32(png.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return png;
}
