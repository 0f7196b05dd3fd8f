// @module-tag slow
// A Pipnet in a worker does what one in this thread does; the worker runs what is built.
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../dist/runtimes/node/image.js';
import { ArgumentError, createTracker, ImageError, loadPipnet, ModelError, PipnetError } from '../../dist/runtimes/node/index.js';
import { execute } from '../runtimes/execute.js';

const picture = fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url));
const pixels = await decodeImage(await readFile(picture));
const box = { x: 1, y: 1, width: 50, height: 50 };

let here;
let there;
beforeAll(async () => {
  [here, there] = await Promise.all([loadPipnet(), loadPipnet({ worker: true })]);
});
afterAll(() => {
  here.dispose();
  there.dispose();
});

const describeError = (error) => [error.constructor, error.message];

/** What a call gives, or how it fails, from both. */
const both = (call) => Promise.all([here, there].map((pipnet) => call(pipnet).catch(describeError)));

describe('the same, to the last bit', () => {
  it.each([
    ['a path', async () => picture],
    ['a URL', async () => pathToFileURL(picture)],
    ['bytes', () => readFile(picture)],
    ['bytes of a part of a buffer', async () => Buffer.concat([Buffer.alloc(7), await readFile(picture)]).subarray(7)],
    ['a Blob', async () => new Blob([await readFile(picture)])],
    ['pixels', async () => pixels],
  ])('of %s', async (_, image) => {
    const [expected, found] = await both(async (pipnet) => pipnet.detect(await image()));
    expect(expected).toHaveLength(1);
    expect(found).toEqual(expected);
  });

  it('boxes, and landmarks in them', async () => {
    const [boxes, foundBoxes] = await both((pipnet) => pipnet.detectBoxes(pixels));
    expect(foundBoxes).toEqual(boxes);
    for (const call of [
      (pipnet) => pipnet.landmarks(pixels, boxes[0], { refine: false }),
      (pipnet) => pipnet.detect(pixels, { boxes: [boxes[0], boxes[0].box] }),
    ]) {
      const [expected, found] = await both(call);
      expect(expected).not.toHaveLength(0);
      expect(found).toEqual(expected);
    }
  });

  it('a video', async () => {
    const shifted = (x) => ({
      ...pixels,
      data: pixels.data.map((_, i) => pixels.data[Math.min(pixels.data.length - 4 + (i % 4), i + 4 * x)]),
    });
    const [expected, found] = await both(async (pipnet) => {
      const frames = [];
      for await (const frame of pipnet.track([0, 3, 6].map(shifted), { fps: 25 })) frames.push(frame);
      const tracker = createTracker(pipnet, { smooth: false });
      const now = await Promise.all([tracker.next(pixels, 0), tracker.next(shifted(2), 40)]);
      tracker.reset();
      return [...frames, ...now, await tracker.next(pixels, 0)];
    });
    expect(expected.map((frame) => (frame.faces ?? frame).map(({ id }) => id))).toEqual([[1], [1], [1], [1], [1], [2]]);
    expect(found).toEqual(expected);
    const [complaint, same] = await both((pipnet) => createTracker(pipnet).next(pixels, NaN));
    expect(complaint[0]).toBe(ArgumentError);
    expect(same).toEqual(complaint);
  });

  it('the model, and what runs', async () => {
    expect(there.model).toEqual(here.model);
    await both((pipnet) => pipnet.detect(pixels));
    expect(there.info()).toEqual(here.info());
  });

  it('from models of the caller, who keeps them', async () => {
    const model = await readFile(new URL('../../weights/pipnet-nano-68.safetensors', import.meta.url));
    const detector = new URL('../../weights/faceboxesv2.safetensors', import.meta.url);
    const found = [];
    for (const worker of [false, true]) {
      const pipnet = await loadPipnet({ model, detector, worker, threads: 2 });
      expect(pipnet.info().threads).toBe(2);
      found.push(await pipnet.detect(pixels));
      pipnet.dispose();
    }
    expect(found[0]).toHaveLength(1);
    expect(found[1]).toEqual(found[0]);
  });
});

it('pictures stay the caller’s', async () => {
  const bytes = await readFile(picture);
  const before = [new Uint8Array(pixels.data), new Uint8Array(bytes)];
  await Promise.all([there.detect(pixels), there.detect(bytes)]);
  expect([pixels.data, bytes].map((data, i) => Buffer.compare(data, before[i]))).toEqual([0, 0]);
});

it('times are told here', async () => {
  const told = [];
  await there.detect(picture, { onTimes: (times) => told.push(times) });
  expect(told).toHaveLength(1);
  for (const time of Object.values(told[0])) expect(time).toBeGreaterThan(0);
  const onTimes = () => {
    throw new Error('no time');
  };
  const [expected, found] = await both((pipnet) => pipnet.detect(pixels, { onTimes }));
  expect(found).toEqual(expected);
});

it('this thread stays free', async () => {
  const start = performance.now();
  let last = start;
  let longest = 0;
  let ticks = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    ticks++;
  }, 5);
  await Promise.all([there.detect(picture), there.detect(picture), there.detect(picture)]);
  clearInterval(timer);
  const total = performance.now() - start;
  // Other processes share the machine, so that many ticks are late; a thread that computes has a tick a picture.
  expect(ticks).toBeGreaterThan(total / 5 / 8);
  expect(longest).toBeLessThan(total / 3);
});

it('two at once', async () => {
  const other = await loadPipnet({ model: 'nano', worker: true });
  const alone = await other.detect(pixels);
  const [expected] = await both((pipnet) => pipnet.detect(pixels));
  const found = await Promise.all([there.detect(pixels), other.detect(pixels), there.detect(pixels)]);
  expect(found).toEqual([expected, alone, expected]);
  expect(alone).not.toEqual(expected);
  other.dispose();
});

describe('errors are the same', () => {
  it.each([
    ['no file', (pipnet) => pipnet.detect('nowhere.jpg'), ImageError],
    ['no picture', (pipnet) => pipnet.detect(() => 1), ImageError],
    ['no pixels', (pipnet) => pipnet.detect({ data: new Uint8Array(5), width: 2, height: 2 }), ImageError],
    ['a damaged file', (pipnet) => pipnet.detect(new Uint8Array([0xff, 0xd8, 0xff])), ImageError],
    ['wider numbers', (pipnet) => pipnet.detect(new Float32Array(12)), ImageError],
    ['an unknown option', (pipnet) => pipnet.detect(pixels, { treshold: 1 }), ArgumentError],
    ['a function for a number', (pipnet) => pipnet.detect(pixels, { threshold: () => 1 }), ArgumentError],
    ['a box that is none', (pipnet) => pipnet.landmarks(pixels, { ...box, width: NaN }), ArgumentError],
    ['a box outside', (pipnet) => pipnet.landmarks(pixels, { ...box, x: 1e6 }), ArgumentError],
  ])('%s', async (_, call, kind) => {
    const [expected, found] = await both(call);
    expect(expected[0]).toBe(kind);
    expect(found).toEqual(expected);
  });

  it.each([
    ['a missing model', { model: 'nowhere.safetensors' }],
    ['a damaged model', { model: new Uint8Array(20) }],
    ['a detector for a model', { model: new URL('../../weights/facegrid.safetensors', import.meta.url) }],
  ])('%s', async (_, options) => {
    const load = (worker) => loadPipnet({ ...options, worker }).catch(describeError);
    const [expected, found] = [await load(false), await load(true)];
    expect(expected[0]).toBe(ModelError);
    expect(found).toEqual(expected);
  });
});

it.each([
  [{ worker: 3 }, ArgumentError, 'worker 3 is not true, false, or the path or URL of a bundle'],
  [{ worker: true, detector: { detect: () => [] } }, ArgumentError, "a detector of your own can't go into a worker"],
  [{ worker: './nowhere.js' }, PipnetError, /^the worker can't be started \(Cannot find module .*\): .*bundle pipnet-wasm\/worker/],
  [{ worker: new URL('another-script.js', import.meta.url) }, PipnetError, /^the worker can't be started \(it is another script, .*\)/],
  [{ worker: 'no-path.js' }, PipnetError, /^the worker can't be started \(/],
])('%o is refused', async (options, kind, message) => {
  const failure = await loadPipnet(options).catch((error) => error);
  expect(failure.constructor).toBe(kind);
  expect(failure.message).toMatch(message);
});

describe('the end', () => {
  async function loadWithThread() {
    const started = new Promise((resolve) => process.once('worker', resolve));
    const pipnet = await loadPipnet({ model: 'nano', worker: true });
    const thread = await started;
    return { pipnet, thread, ended: new Promise((resolve) => thread.once('exit', resolve)) };
  }

  it('dispose ends the worker; what waits for it fails, and so does what comes later', async () => {
    const { pipnet, ended } = await loadWithThread();
    const waiting = [pipnet.detect(pixels), pipnet.detect(picture)].map((call) => call.catch((error) => error.message));
    pipnet.dispose();
    pipnet.dispose();
    const message = 'this Pipnet was disposed: load another one';
    expect(await Promise.all(waiting)).toEqual([message, message]);
    await expect(pipnet.detect(pixels)).rejects.toThrow(message);
    expect(() => pipnet.info()).toThrow(message);
    expect(() => pipnet.model).toThrow(message);
    await ended;
  });

  it('who forgets to dispose of it is not kept', async () => {
    const script = fileURLToPath(new URL('forgotten.js', import.meta.url));
    expect(await execute(process.execPath, [script, picture])).toBe('1\n');
  });

  it('a worker that dies takes with it what waits, and says so from then on', async () => {
    const { pipnet, thread } = await loadWithThread();
    const waiting = [pipnet.detect(pixels), pipnet.detectBoxes(pixels)].map((call) => call.catch((error) => error));
    await thread.terminate();
    const message = 'the worker of this Pipnet has died (it ended with code 1): load another one';
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(PipnetError);
      expect(error.message).toBe(message);
    }
    await expect(pipnet.detect(pixels)).rejects.toThrow(message);
    expect(() => pipnet.info()).toThrow(message);
  });
});
