// @module-tag slow
/** Many faces, and others beside them: timers, other calls, the end. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadPipnet, PipnetError, type Detector, type Pipnet } from '../../src/runtimes/node/index.ts';

const picture = { data: new Uint8Array(160 * 120 * 3).map((_, i) => (i * 31) & 255), width: 160, height: 120 };
const boxes = Array.from({ length: 100 }, (_, i) => ({ x: i % 40, y: i % 30, width: 80, height: 80 }));

let pipnet: Pipnet;
beforeAll(async () => void (pipnet = await loadPipnet()));
afterAll(() => pipnet.dispose());

it('a timer keeps ticking while 100 boxes are read', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  try {
    expect(await pipnet.detect(picture, { boxes })).toHaveLength(100);
  } finally {
    clearInterval(timer);
  }
  // Each face takes more than 5 ms; fast machines and merged ticks have room.
  expect(ticks).toBeGreaterThan(30);
}, 60_000);

it('one face needs no turn: it is there before the next task', async () => {
  let turns = 0;
  const turn = setImmediate(() => turns++);
  await pipnet.detect(picture, { boxes: boxes.slice(0, 1) });
  expect(turns).toBe(0);
  clearImmediate(turn);
});

it('calls side by side give what they give one after the other', async () => {
  const calls = [
    () => pipnet.detect(picture, { boxes: boxes.slice(0, 6) }),
    () => pipnet.detect(picture, { threshold: 0.02 }),
    () => pipnet.detectBoxes(picture, { threshold: 0.02, detectSize: 100 }),
    () => pipnet.landmarks(picture, boxes[9]),
    () => pipnet.detect(picture, { boxes: boxes.slice(3, 12) }),
  ];
  const alone = [];
  for (const call of calls) alone.push(await call());
  expect(await Promise.all(calls.map((call) => call()))).toEqual(alone);
}, 60_000);

it.each([1, 2])('dispose between two faces ends the call, with %i threads', async (threads) => {
  const gone = await loadPipnet({ threads });
  const call = gone.detect(picture, { boxes });
  setImmediate(() => gone.dispose());
  await expect(call).rejects.toThrow(PipnetError);
  await expect(call).rejects.toThrow('this Pipnet was disposed');
});

it.each<[string, (gone: Pipnet) => Promise<unknown>]>([
  ['detect', (gone) => gone.detect(picture)],
  ['detectBoxes', (gone) => gone.detectBoxes(picture)],
])('dispose while the detector of the caller thinks ends %s', async (_, look) => {
  let answer = (_: Awaited<ReturnType<Detector['detect']>>) => {};
  for (const found of [[], [{ box: boxes[0], score: 1 }]]) {
    const gone = await loadPipnet({ threads: 2, detector: { detect: () => new Promise((resolve) => (answer = resolve)) } });
    const call = look(gone);
    setTimeout(() => {
      gone.dispose();
      answer(found);
    }, 5);
    // Where nothing is left to do there is nothing to say.
    if (found.length === 0) expect(await call).toEqual([]);
    else await expect(call).rejects.toThrow('this Pipnet was disposed');
  }
});
