/** Options: what a wrong one is told, what a right one does. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ArgumentError, loadPipnet, ModelError, PipnetError, type Detector, type Pipnet } from '../../src/runtimes/node/index.ts';
import { trainModel } from '../../src/train/index.ts';

const picture = { data: new Uint8Array(96 * 80 * 3).map((_, i) => (i * 31) & 255), width: 96, height: 80 };
const box = { x: 8, y: 8, width: 60, height: 60 };

let pipnet: Pipnet;
beforeAll(async () => void (pipnet = await loadPipnet()));
afterAll(() => pipnet.dispose());

const failure = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => expect.fail('nothing was thrown'),
    (error) => error,
  );

it.each<[string, () => Promise<unknown>, string]>([
  [
    'detect',
    () => pipnet.detect(picture, { treshold: 0.9 } as {}),
    'unknown option "treshold" of detect: did you mean threshold? It takes threshold, detectSize, maxBoxes, refine, boxes, onTimes',
  ],
  [
    'detectBoxes',
    () => pipnet.detectBoxes(picture, { boxes: [box] } as {}),
    'unknown option "boxes" of detectBoxes: did you mean maxBoxes? It takes threshold, detectSize, maxBoxes',
  ],
  [
    'loadPipnet',
    () => loadPipnet({ thread: 2 } as {}),
    'unknown option "thread" of loadPipnet: did you mean threads? It takes model, detector, kernels, threads, worker, head, sampling, winogradBytes',
  ],
  ['any case', () => pipnet.detect(picture, { DETECTSIZE: 640 } as {}), 'unknown option "DETECTSIZE" of detect: did you mean detectSize?'],
  [
    'trainModel',
    () => trainModel({ list: 'a', images: 'b', out: 'c', epochs: 3 } as never),
    'unknown option "epochs" of trainModel: did you mean',
  ],
  [
    'a forgotten await',
    () => pipnet.detect(picture, Promise.resolve({ threshold: 0.9 }) as {}),
    'the options of detect an object is not an object such as { name: value }',
  ],
])('a name that %s does not know', async (_, call, message) => {
  const error = await failure(call());
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toContain(message);
});

it('undefined is the default, null is not', async () => {
  const plain = await pipnet.detectBoxes(picture, { threshold: 0.05 });
  expect(await pipnet.detectBoxes(picture, { threshold: 0.05, detectSize: undefined as never, maxBoxes: undefined as never })).toEqual(
    plain,
  );
  expect((await failure(pipnet.detectBoxes(picture, { threshold: null as never }))).message).toBe(
    'threshold null is not a number from 0 to 1',
  );
});

it('more boxes than maxBoxes are refused', async () => {
  const error = await failure(pipnet.detect(picture, { boxes: new Array(1001).fill(box) }));
  expect(error).toBeInstanceOf(ArgumentError);
  expect(error.message).toBe('boxes has 1001 boxes, more than 1000: give fewer, or raise maxBoxes');
  expect((await failure(pipnet.detect(picture, { boxes: [box, box], maxBoxes: 1 }))).message).toContain('more than 1:');
  expect(await pipnet.detect(picture, { boxes: [box, box], maxBoxes: 2 })).toHaveLength(2);
});

it('a picture is read once', async () => {
  let reads = 0;
  const shrinking = {
    width: 96,
    height: 80,
    get data() {
      return new Uint8Array(reads++ === 0 ? 96 * 80 * 3 : 3);
    },
  };
  expect(await pipnet.detect(shrinking, { boxes: [box, box] })).toEqual(
    await pipnet.detect(picture, { boxes: [box, box] }).then((faces) => faces.map(() => expect.anything())),
  );
  expect(reads).toBe(1);
});

it('kernels that do not run here are an error of ours', async () => {
  try {
    (await loadPipnet({ kernels: 'relaxed' })).dispose();
  } catch (error) {
    expect(error).toBeInstanceOf(PipnetError);
    expect((error as Error).message).toContain(`the kernels "relaxed" don't run here`);
  }
});

it('threads end where the models do not fit', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;
  await expect(loadPipnet({ threads: 2, model: 'facegrid' })).rejects.toThrow(ModelError);
  await expect(loadPipnet({ threads: 2, detector: 'default' })).rejects.toThrow(ModelError);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length).toBe(before);
});

it.each<[string, Detector['detect'], string]>([
  [
    'throws',
    () => {
      throw new TypeError('no such thing');
    },
    'the detector failed: "no such thing"',
  ],
  ['rejects', () => Promise.reject(new Error('offline')), 'the detector failed: "offline"'],
  [
    'throws one of our errors',
    () => {
      throw new ModelError('not loaded');
    },
    'the detector failed: not loaded',
  ],
  ['answers nothing', () => undefined as never, 'the detector failed: its answer undefined is not a list of boxes { box, score }'],
  [
    'forgets a box',
    () => [{ score: 1 }] as never,
    'the detector failed: its answer[0].box undefined is not an object { x, y, width, height }',
  ],
  [
    'answers NaN',
    () => [
      { box, score: 1 },
      { box: { ...box, x: NaN }, score: 1 },
    ],
    'the detector failed: its answer[1].box NaN,8,60,60 (x,y,width,height) must have finite coordinates',
  ],
  ['is too sure', () => [{ box, score: 99.5 }], 'the detector failed: its answer[0].score 99.5 is not a number from 0 to 1'],
  [
    'sees thousands',
    () => new Array(5000).fill({ box, score: 1 }),
    'the detector failed: its answer has 5000 boxes { box, score }, more than 1000: give fewer, or raise maxBoxes',
  ],
])('a detector that %s is named', async (_, detect, message) => {
  using own = await loadPipnet({ detector: { detect } });
  const error = await failure(own.detect(picture));
  expect(error).toBeInstanceOf(PipnetError);
  expect(error.message).toBe(message);
  expect(error.cause).toBeInstanceOf(Error);
});

it("a detector's thin and far boxes are left out", async () => {
  using own = await loadPipnet({
    detector: {
      detect: () => [
        { box, score: 0.9 },
        { box: { ...box, width: 0 }, score: 0.8 },
        { box: { ...box, x: 1e9 }, score: 0.7 },
      ],
    },
  });
  expect(await own.detectBoxes(picture)).toEqual([{ box, score: 0.9 }]);
});

it("a detector that is an instance of the caller's class keeps its `this`", async () => {
  class Fixed implements Detector {
    readonly #found = [{ box, score: 0.9 }];
    detect() {
      return this.#found;
    }
  }
  using own = await loadPipnet({ detector: new Fixed() });
  expect(await own.detectBoxes(picture)).toEqual([{ box, score: 0.9 }]);
});
