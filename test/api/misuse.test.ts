// @module-tag slow
/**
 * Every public function, every parameter, every option, each with everything that makes no sense there: it must say so by
 * a PipnetError, whatever is thrown behind its back, or have a meaning that the table below knows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/runtimes/node/image.ts';
import { drawFaces } from '../../src/image/draw.ts';
import { encodePng } from '../../src/image/encode.ts';
import { loadPipnet, type Detector, type Pipnet } from '../../src/runtimes/node/index.ts';
import { PipnetError } from '../../src/base/errors.ts';
import { LocalPipnet } from '../../src/pipnet.ts';
import { quote } from '../../src/base/quote.ts';
import { adaptModel, prepareFaces, readDataset, trainModel, type AdaptOptions, type Face } from '../../src/train/index.ts';
import { NONSENSE } from './nonsense.ts';

/** Longer than any of these calls takes on a busy machine. */
const TIMEOUT_MS = 20_000;

const picture = { data: new Uint8Array(64 * 48 * 3).fill(99), width: 64, height: 48 };
const box = { x: 8, y: 8, width: 30, height: 30 };
const landmark = { x: 1, y: 2, score: 0.5 };

/** Names of values that a place may take. */
const OPTIONAL = ['undefined'];
const FINITE = ['-1', '0.5', '1e300'];
const TEXTS = Object.keys(NONSENSE).filter((name) => typeof NONSENSE[name] === 'string');
const PATHS = TEXTS.filter((name) => name !== 'empty text' && name !== 'NUL');
const FUNCTIONS = Object.keys(NONSENSE).filter((name) => typeof NONSENSE[name] === 'function');
const CALLERS = [...FUNCTIONS, 'hostile proxy', 'hostile list', 'revoked proxy'];
const FLAGS = ['true', 'false'];
const EMPTY_OBJECTS = ['{}', 'without prototype'];

let pipnet: Pipnet;
let home: string;
let folder: string;
let folders = 0;
beforeAll(async () => {
  pipnet = await loadPipnet();
  home = process.cwd();
  folder = mkdtempSync(join(tmpdir(), 'misuse-'));
  // Some of the nonsense is the name of a file to write.
  process.chdir(folder);
});
afterAll(() => {
  pipnet.dispose();
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** How a call ended: nothing, or what it threw. */
async function outcome(call: () => unknown): Promise<{ error?: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('it hangs')), TIMEOUT_MS)));
  try {
    await Promise.race([(async () => void (await call()))(), late]);
    return {};
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

/** What is wrong with each call, by the value's name; nothing is. `names` must be in the messages, and primitive values too where `quotes`. */
async function faultsOf(call: (value: any) => unknown, accepted: string[], names: RegExp, quotes: boolean): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, value] of Object.entries(NONSENSE)) {
    const { error } = await outcome(() => call(value));
    if (error === undefined) {
      if (!accepted.includes(name)) faults.push(`${name}: accepted`);
    } else if (!(error instanceof PipnetError)) {
      // What a function of the caller's throws is the caller's.
      if (accepted.includes(name) && CALLERS.includes(name)) continue;
      faults.push(`${name}: ${error instanceof Error ? error.stack : typeof error}`);
    } else if (/[\n\r\x1b\0]/.test(error.message) || error.message.length > 2000) {
      faults.push(`${name}: not one line: ${quote(error.message)}`);
    } else if (!accepted.includes(name)) {
      if (!names.test(error.message)) faults.push(`${name}: ${error.message}`);
      if (quotes && !['object', 'function'].includes(typeof value) && !error.message.includes(quote(value)))
        faults.push(`${name}, not quoted: ${error.message}`);
    }
  }
  return faults;
}

type Row = [title: string, call: (value: any) => unknown, accepted: string[], names: RegExp];
const check = (rows: Row[], quotes = true) =>
  it.each(rows)('%s', async (_, call, accepted, names) => expect(await faultsOf(call, accepted, names, quotes)).toEqual([]), 120_000);

/** The options that a function knows, from what it says to one that it doesn't. */
async function optionsOf(call: (options: any) => unknown): Promise<string[]> {
  const { error } = await outcome(() => call({ 'no such option': 1 }));
  return / It takes (.*)$/.exec((error as Error).message)![1].split(', ');
}

/** A row for each option, those in `accepted` with what they accept; of others that there are the test knows nothing yet. */
function optionRows(call: (options: any) => unknown, accepted: Record<string, string[]>): void {
  it('knows these options', async () => expect((await optionsOf(call)).sort()).toEqual(Object.keys(accepted).sort()));
  check(Object.entries(accepted).map(([name, names]) => [name, (value) => call({ [name]: value }), names, new RegExp(name)]));
  check([['options', call, [...OPTIONAL, ...EMPTY_OBJECTS], /option/]], false);
}

describe('loadPipnet', () => {
  optionRows(async (options) => (await loadPipnet(options)).dispose(), {
    model: [...OPTIONAL, ...TEXTS, 'bytes', 'no bytes', 'array buffer', 'a web page'],
    detector: [...OPTIONAL, ...TEXTS, 'bytes', 'no bytes', 'array buffer', 'a web page'],
    worker: [...OPTIONAL, ...FLAGS, ...TEXTS.filter((name) => name !== 'empty text'), 'a web page'],
    kernels: OPTIONAL,
    threads: OPTIONAL,
    head: OPTIONAL,
    sampling: OPTIONAL,
    winogradBytes: [...OPTIONAL, 'Infinity', '0.5', '1e300'],
  });
});

describe('pictures', () => {
  for (const [name, look] of [
    ['detect', (image: any) => pipnet.detect(image)],
    ['detectBoxes', (image: any) => pipnet.detectBoxes(image)],
    ['landmarks', (image: any) => pipnet.landmarks(image, box)],
    ['encodePng', encodePng],
    ['drawFaces', (image: any) => drawFaces(image, [])],
  ] as const) {
    check(
      [
        [name, look, [], /./],
        [`${name}, data`, (data) => look({ ...picture, data }), [], /data/],
        [`${name}, width`, (width) => look({ ...picture, width }), [], /picture/],
        [`${name}, height`, (height) => look({ ...picture, height }), [], /picture/],
      ],
      false,
    );
  }
});

describe('detect', () => {
  optionRows((options) => pipnet.detect(picture, options), {
    threshold: [...OPTIONAL, '0.5'],
    detectSize: OPTIONAL,
    maxBoxes: OPTIONAL,
    boxes: [...OPTIONAL, '[]'],
    refine: [...OPTIONAL, 'true', 'false'],
    onTimes: [...OPTIONAL, '() => {}'],
  });
  check([['a box', (value) => pipnet.detect(picture, { boxes: [box, value] }), [], /boxes\[1\]/]]);
});

describe('detectBoxes', () => {
  optionRows((options) => pipnet.detectBoxes(picture, options), {
    threshold: [...OPTIONAL, '0.5'],
    detectSize: OPTIONAL,
    maxBoxes: OPTIONAL,
  });
});

describe('landmarks', () => {
  const rows: Row[] = [
    ['box', (value) => pipnet.landmarks(picture, value), [], /box/],
    ['refine', (refine) => pipnet.landmarks(picture, box, { refine } as {}), [...OPTIONAL, 'true', 'false'], /refine/],
    ...(['x', 'y', 'width', 'height'] as const).map(
      (side): Row => [`box.${side}`, (value) => pipnet.landmarks(picture, { ...box, [side]: value }), FINITE, /box/],
    ),
  ];
  check(rows, false);
});

describe("a caller's detector", () => {
  let detect: (...args: any[]) => any;
  let own: Pipnet;
  beforeAll(async () => void (own = await loadPipnet({ detector: { detect: (...args) => detect(...args) } })));
  afterAll(() => own.dispose());
  const ask = (answer: typeof detect) => {
    detect = answer;
    return own.detect(picture);
  };
  const answers = (make: (value: any) => unknown, accepted: string[]): Row => [
    make.toString(),
    (value) => ask(() => make(value)),
    accepted,
    /^the detector failed: (its answer|"thrown|"Cannot perform)/,
  ];
  check(
    [
      answers((value) => value, ['[]']),
      answers((value) => [value], []),
      answers(
        (value) => [
          { box, score: 0.5 },
          { box: value, score: 0.5 },
        ],
        [],
      ),
      answers((value) => [{ box, score: value }], ['0.5']),
      answers((value) => [{ box, score: 1, points: value }], OPTIONAL),
      answers((value) => [{ box, score: 1, points: [value] }], []),
      answers((value) => [{ box: { ...box, x: value }, score: 1 }], FINITE),
      answers((value) => [{ box: { ...box, height: value }, score: 1 }], FINITE),
    ],
    false,
  );
  check(
    [
      [
        'throws',
        (value) =>
          ask(() => {
            throw value;
          }),
        [],
        /^the detector failed: /,
      ],
      ['rejects', (value) => ask(() => Promise.reject(value)), [], /^the detector failed: /],
      ['is', async (detect) => (await loadPipnet({ detector: { detect } as Detector })).detect(picture), [], /detector/],
    ],
    false,
  );
});

describe('decodeImage, encodePng, drawFaces', () => {
  check(
    [
      ['bytes', (value) => decodeImage(value), [], /picture/],
      ['label', (value) => decodeImage(new Uint8Array(9), value), [...OPTIONAL, ...TEXTS], /label/],
      ['maxPixels', (value) => decodeImage(new Uint8Array(9), 'picture', value), OPTIONAL, /maxPixels/],
      ['deflate', (value) => encodePng(picture, value), OPTIONAL, /deflate/],
      ["deflate's answer", (value) => encodePng(picture, async () => value), ['bytes', 'no bytes'], /deflate failed: /],
      ['faces', (value) => drawFaces(picture, value), ['[]'], /faces/],
      ['a face', (value) => drawFaces(picture, [value]), [], /faces\[0\]/],
      ['its box', (value) => drawFaces(picture, [{ box: value, landmarks: [] }]), [], /faces\[0\].box/],
      ['its x', (x) => drawFaces(picture, [{ box: { ...box, x }, landmarks: [] }]), FINITE, /faces\[0\].box/],
      ['its width', (width) => drawFaces(picture, [{ box: { ...box, width }, landmarks: [] }]), ['0.5', '1e300'], /faces\[0\].box/],
      ['its landmarks', (value) => drawFaces(picture, [{ box, landmarks: value }]), ['[]'], /faces\[0\].landmarks/],
      ['a landmark', (value) => drawFaces(picture, [{ box, landmarks: [value] }]), [], /landmarks\[0\]/],
      ["a landmark's x", (x) => drawFaces(picture, [{ box, landmarks: [{ ...landmark, x }] }]), FINITE, /landmarks\[0\].x/],
      [
        "a landmark's score",
        (score) => drawFaces(picture, [{ box, landmarks: [{ ...landmark, score }] }]),
        ['0.5'],
        /landmarks\[0\].score/,
      ],
    ],
    false,
  );
});

// Nothing is trained: the lists are missing, which is found out after all else.
const RECIPE = {
  optimiser: OPTIONAL,
  weightDecay: [...OPTIONAL, '0.5'],
  clip: [...OPTIONAL, 'Infinity', '0.5', '1e300'],
  ema: [...OPTIONAL, '0.5'],
  backbone: OPTIONAL,
  stride: OPTIONAL,
  width: [...OPTIONAL, '0.5'],
  depth: OPTIONAL,
  features: OPTIONAL,
  neighbours: OPTIONAL,
  stages: OPTIONAL,
  batch: OPTIONAL,
  rate: [...OPTIONAL, '0.5', '1e300'],
  warmup: [...OPTIONAL, '0.5'],
  drops: [...OPTIONAL, '[]'],
  threads: OPTIONAL,
  workers: OPTIONAL,
  seed: OPTIONAL,
  crop: OPTIONAL,
  flip: [...OPTIONAL, ...FLAGS],
  frozen: [...OPTIONAL, '[]'],
  list: PATHS,
  images: PATHS,
  val: [...OPTIONAL, ...PATHS],
  valImages: [...OPTIONAL, ...PATHS],
  eyes: OPTIONAL,
  init: [...OPTIONAL, ...PATHS],
  out: PATHS,
  licence: [...OPTIONAL, ...TEXTS],
  resume: [...OPTIONAL, ...FLAGS],
  log: [...OPTIONAL, ...PATHS],
};

describe('trainModel', () => {
  const files = () => ({ list: 'missing.txt', images: '.', out: join(folder, `${folders++}.safetensors`) });
  // Options that make no sense as a whole are passed as they are.
  const withFiles = (options: any) => (Object.keys(Object(safe(options))).length === 1 ? { ...files(), ...options } : options);
  optionRows((options) => trainModel(withFiles(options)), { ...RECIPE, plot: [...OPTIONAL, ...PATHS], profile: [...OPTIONAL, ...FLAGS] });
  const hooks = ['onReading', 'onSkipped', 'onStart', 'onStep', 'onEpoch', 'isStopped'];
  check(
    [
      ['hooks', (value) => trainModel(files(), value), [...OPTIONAL, ...EMPTY_OBJECTS], /hooks/],
      ...hooks.map((name): Row => [name, (hook) => trainModel(files(), { [name]: hook }), [...OPTIONAL, ...FUNCTIONS], new RegExp(name)]),
    ],
    false,
  );
});

describe('adaptModel', () => {
  const files = (): AdaptOptions => ({
    list: 'missing.txt',
    images: '.',
    unlabelled: 'missing.txt',
    unlabelledImages: '.',
    out: join(folder, `${folders++}.safetensors`),
  });
  const withFiles = (options: any) => (Object.keys(Object(safe(options))).length === 1 ? { ...files(), ...options } : options);
  optionRows((options) => adaptModel(withFiles(options)), {
    ...RECIPE,
    unlabelled: PATHS,
    unlabelledImages: PATHS,
    unlabelledCrop: OPTIONAL,
    teacher: [...OPTIONAL, ...PATHS],
    rounds: OPTIONAL,
    curriculum: [...OPTIONAL, ...FLAGS],
    confidence: [...OPTIONAL, 'Infinity', '0.5', '1e300'],
    labelledShare: [...OPTIONAL, '0.5'],
  });
  check(
    [
      ['hooks', (value) => adaptModel(files(), value), [...OPTIONAL, ...EMPTY_OBJECTS], /hooks/],
      ['onRound', (onRound) => adaptModel(files(), { onRound }), [...OPTIONAL, ...FUNCTIONS], /onRound/],
    ],
    false,
  );
});

describe('prepareFaces', () => {
  const face: Face = { name: 'a.png', source: 'list.txt:1', box, read: async () => picture };
  const options = (more = {}) => ({ out: join(folder, `${folders++}`), margin: 1, maxSize: 32, encoding: 'png' as const, ...more });
  const withRest = (given: any) => (Object.keys(Object(safe(given))).length === 1 ? options(given) : given);
  optionRows((given) => prepareFaces([face], withRest(given)), {
    out: PATHS,
    margin: [],
    maxSize: [],
    encoding: [],
    detect: [...OPTIONAL, ...FUNCTIONS],
    validation: OPTIONAL,
    onProgress: [...OPTIONAL, ...FUNCTIONS],
  });
  check(
    [
      ['faces', (value) => prepareFaces(value, options()), [], /faces/],
      ['a face', (value) => prepareFaces([face, value], options()), [], /faces\[1\]/],
      ['name', (name) => prepareFaces([{ ...face, name }], options()), TEXTS, /faces\[0\].name/],
      ['source', (source) => prepareFaces([{ ...face, source }], options()), TEXTS, /faces\[0\].source/],
      ['points', (points) => prepareFaces([{ ...face, points }], options()), OPTIONAL, /faces\[0\].points/],
      ['labelOffset', (labelOffset) => prepareFaces([{ ...face, labelOffset }], options()), OPTIONAL, /faces\[0\].labelOffset/],
      ['box', (value) => prepareFaces([{ ...face, box: value }], options()), OPTIONAL, /faces\[0\].box/],
      ['read', (read) => prepareFaces([{ ...face, read }], options()), FUNCTIONS, /read/],
      ['what read gives', (value) => prepareFaces([{ ...face, read: async () => value }], options()), CALLERS, /picture/],
      [
        'what detect gives',
        (value) => prepareFaces([{ name: 'a', source: 'b', read: face.read }], options({ detect: async () => value })),
        CALLERS,
        /detect|no face/,
      ],
    ],
    false,
  );
});

describe('readDataset', () => {
  const source = { path: 'missing' };
  const withPath = (given: any) => (Object.keys(Object(safe(given))).length === 1 ? { ...source, ...given } : given);
  check([['format', (format) => readDataset(format, source), [], /format/]]);
  for (const format of ['300w', 'wflw', 'cofw', 'aflw', 'list', 'folder'] as const) {
    describe(format, () => {
      optionRows((given) => readDataset(format, withPath(given)), {
        path: PATHS,
        images: [...OPTIONAL, ...PATHS],
        boxes: [...OPTIONAL, ...PATHS],
        part: OPTIONAL,
      });
    });
  }
});

describe('after dispose', () => {
  it('everything says so', async () => {
    const gone = await loadPipnet();
    gone.dispose();
    for (const call of [
      () => gone.detect(picture),
      () => gone.detect(picture, { boxes: [] }),
      () => gone.detectBoxes(picture),
      () => gone.landmarks(picture, box),
      () => LocalPipnet.partsOf(gone),
      () => gone.info(),
      () => gone.model,
    ]) {
      const { error } = await outcome(call);
      expect(error).toBeInstanceOf(PipnetError);
      expect((error as Error).message).toContain('disposed');
    }
  });
});

/** The value itself, or nothing if its names can't be asked for. */
function safe(value: unknown): unknown {
  try {
    Object.keys(Object(value));
    return value;
  } catch {
    return undefined;
  }
}
