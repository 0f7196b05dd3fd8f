import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expose, film, occlude, pasteFace, project } from '../../bench/track/scene.js';
import { ArgumentError, createTracker, loadPipnet } from '../../src/runtimes/node/index.ts';
import { readImage } from '../../src/runtimes/node/decode.ts';
import { readList } from '../../src/files/read-list.ts';
import { planSweep } from '../../src/faces/sweep.ts';
import { Watch } from '../../src/track/watch.ts';

const SIZE = { width: 640, height: 480 };
const MS = 1000 / 30;
const PORTRAITS = fileURLToPath(new URL('../../examples/faces', import.meta.url));
const grey = (width, height, value) => ({ data: new Uint8Array(width * height * 3).fill(value), width, height });

/** A portrait on a wall with a gradient, and a camera before it. */
let pipnet;
let canvas;
let landmarks;
let portrait;
let points;
beforeAll(async () => {
  pipnet = await loadPipnet({ model: 'nano', detector: 'facegrid' });
  portrait = await readImage(fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url)));
  const [face] = await pipnet.detect(portrait);
  // The head alone: medals are another matter.
  portrait = cut(portrait, { x: 90, y: 85, width: 350, height: 300 });
  points = face.landmarks.flatMap(({ x, y }) => [x - 90, y - 85]);
  canvas = grey(1200, 1200, 0);
  canvas.data.forEach((_, i) => (canvas.data[i] = 60 + ((Math.floor(i / 3) % 1200) + Math.floor(i / 3600)) / 20));
  landmarks = pasteFace(canvas, { pixels: portrait, points }, { x: 600, y: 600, size: 180 });
});
afterAll(() => pipnet.dispose());

function cut({ data, width }, box) {
  const rows = Array.from({ length: box.height }, (_, y) =>
    data.subarray(((box.y + y) * width + box.x) * 4, ((box.y + y) * width + box.x + box.width) * 4),
  );
  return { data: new Uint8Array(Buffer.concat(rows)), width: box.width, height: box.height };
}

const frame = (camera, seed) => expose(film(canvas, camera, SIZE), seed, { deviation: 3 });
/** Mean distance of landmarks from where they are, in distances of the outer corners of the eyes. */
function error(face, camera) {
  const truth = project(landmarks, camera, SIZE);
  const far = face.landmarks.map(({ x, y }, i) => Math.hypot(x - truth[2 * i], y - truth[2 * i + 1]));
  return far.reduce((sum, value) => sum + value, 0) / far.length / Math.hypot(truth[90] - truth[72], truth[91] - truth[73]);
}

describe('a face is followed', () => {
  it.each([
    ['pans', (t) => ({ x: 600 + 150 * Math.sin(t / 7), y: 600 })],
    ['zooms', (t) => ({ x: 600, y: 600, zoom: 1.5 ** Math.sin(t / 7) })],
    ['rolls all around', (t) => ({ x: 600, y: 600, roll: 6 * t })],
  ])(
    'by a camera that %s',
    async (_name, cameraAt) => {
      const tracker = createTracker(pipnet);
      for (let t = 0; t < 60; t++) {
        const faces = await tracker.next(frame(cameraAt(t), t), t * MS);
        expect(faces.map(({ id }) => id)).toEqual([1]);
        expect(error(faces[0], cameraAt(t))).toBeLessThan(0.15);
      }
    },
    60_000,
  );

  it('and held still: little of the noise is left', async () => {
    const camera = { x: 600, y: 600 };
    const spread = async (smooth) => {
      const tracker = createTracker(pipnet, { smooth });
      const xs = [];
      for (let t = 0; t < 60; t++) {
        const [face] = await tracker.next(expose(film(canvas, camera, SIZE), t, { deviation: 8 }), t * MS);
        if (t >= 30) xs.push(face.landmarks.map(({ x }) => x));
      }
      const deviations = xs[0].map((_, i) => {
        const values = xs.map((row) => row[i]);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      });
      return Math.sqrt(deviations.reduce((sum, value) => sum + value, 0) / deviations.length);
    };
    expect(await spread(true)).toBeLessThan(0.4 * (await spread(false)));
  }, 60_000);

  it('by name through what passes before it, and after it was away', async () => {
    const tracker = createTracker(pipnet);
    const ids = [];
    for (let t = 0; t < 110; t++) {
      // A bar passes; then the camera looks away for half a second.
      const away = t >= 75 && t < 90;
      const picture = occlude(frame({ x: away ? 100 : 600, y: 600 }, t), { x: 60 + 10 * t, y: 0, width: 150, height: 480 });
      ids[t] = (await tracker.next(picture, t * MS)).map(({ id }) => id);
    }
    expect([ids[10], ids[70], ids[85], ids[109]]).toEqual([[1], [1], [], [1]]);
  }, 60_000);

  it('two of them by two names; after a cut nobody is left over', async () => {
    const two = { ...canvas, data: canvas.data.slice() };
    pasteFace(two, { pixels: portrait, points }, { x: 800, y: 560, size: 150 });
    const tracker = createTracker(pipnet);
    for (let t = 0; t < 8; t++) expect(await tracker.next(expose(film(two, { x: 660, y: 600 }, SIZE), t, {}), t * MS)).toHaveLength(2);
    const noise = expose(grey(640, 480, 128), 1, { deviation: 60 });
    expect(await tracker.next(noise, 10 * MS)).toEqual([]);
    expect(await tracker.next(frame({ x: 600, y: 600 }, 1), 11 * MS)).toHaveLength(1);
  }, 60_000);

  it.each([
    [0, 3],
    [5, 8],
    [10, 2],
  ])(
    'by their own names where one passes behind the other: portraits %i and %i',
    async (a, b) => {
      const samples = await readList(join(PORTRAITS, 'list.txt'));
      const [near, far] = await Promise.all(
        [samples[a], samples[b]].map(async (sample) => ({ ...sample, pixels: await readImage(join(PORTRAITS, 'images', sample.name)) })),
      );
      const wall = film(canvas, { x: 200, y: 200 }, SIZE);
      const tracker = createTracker(pipnet);
      const places = [];
      for (let t = 0; t < 75; t++) {
        const way = Math.max(0, Math.min(280, (t - 15) * 7));
        const picture = { ...wall, data: wall.data.slice() };
        pasteFace(picture, far, { x: 460 - way, y: 235, size: 140 });
        pasteFace(picture, near, { x: 180 + way, y: 250, size: 150 });
        const faces = await tracker.next(expose(picture, t, { deviation: 3 }), t * MS);
        places[t] = faces.sort((one, other) => one.box.x - other.box.x).map(({ id }) => id);
      }
      expect(places[12]).toHaveLength(2);
      expect(places[74]).toEqual(places[12].toReversed());
    },
    60_000,
  );

  it('a newcomer is found part by part while another is followed', async () => {
    const two = { ...canvas, data: canvas.data.slice() };
    pasteFace(two, { pixels: portrait, points }, { x: 800, y: 560, size: 150 });
    const tracker = createTracker(pipnet);
    const counts = [];
    for (let t = 0; t < 40; t++) counts.push((await tracker.next(film(t < 5 ? canvas : two, { x: 660, y: 600 }, SIZE), t * MS)).length);
    expect(counts[4]).toBe(1);
    expect(counts[39]).toBe(2);
  }, 60_000);
});

describe('track', () => {
  const frames = () => Array.from({ length: 3 }, (_, t) => frame({ x: 600, y: 600 }, t));

  it('is the tracker in a loop, with the times of the frames', async () => {
    const seen = [];
    for await (const { timestamp, faces } of pipnet.track(frames(), { fps: 10 })) seen.push([timestamp, faces.length, faces[0].id]);
    expect(seen).toEqual([0, 100, 200].map((time) => [time, 1, 1]));
    async function* timed() {
      for (const [t, image] of frames().entries()) yield { image, timestamp: 40 * t + 7 };
    }
    const times = [];
    for await (const { timestamp } of pipnet.track(timed())) times.push(timestamp);
    expect(times).toEqual([7, 47, 87]);
  });

  it('poses come with the faces, and a picture that is turned turns them', async () => {
    const tracker = createTracker(pipnet);
    const [upright] = await tracker.next(frame({ x: 600, y: 600 }, 1), 0);
    tracker.reset();
    const [turned] = await tracker.next(frame({ x: 600, y: 600, roll: 30 }, 1), 0);
    expect(turned.id).toBe(2);
    expect(Math.abs(turned.pose.roll - upright.pose.roll - 30)).toBeLessThan(3);
    expect(Math.abs(turned.pose.yaw - upright.pose.yaw)).toBeLessThan(4);
  });

  it('calls that are made at once wait for each other', async () => {
    const tracker = createTracker(pipnet);
    const answers = await Promise.all(frames().map((image, t) => tracker.next(image, t * MS)));
    expect(answers.map(([{ id }]) => id)).toEqual([1, 1, 1]);
  });

  it("a detector of the caller's is asked for whole frames", async () => {
    let asked = 0;
    const own = await loadPipnet({
      model: 'nano',
      detector: {
        detect: () => {
          asked++;
          return [{ box: { x: 220, y: 120, width: 200, height: 230 }, score: 0.9 }];
        },
      },
    });
    const tracker = createTracker(own, { detectEvery: 4 });
    for (let t = 0; t < 10; t++) expect(await tracker.next(frame({ x: 600, y: 600 }, t), t * MS)).toHaveLength(1);
    expect(asked).toBe(2);
    own.dispose();
  });

  it.each([
    ['an unknown option', { smoothing: true }, /unknown option "?smoothing"? of createTracker/],
    ['a cutoff below 0', { smooth: { minCutoff: -1 } }, /minCutoff -1/],
    ['no frames at all', { detectEvery: 0 }, /detectEvery 0/],
  ])('%s', (_name, options, message) => {
    expect(() => createTracker(pipnet, options)).toThrow(ArgumentError);
    expect(() => createTracker(pipnet, options)).toThrow(message);
  });

  it('a time that stands still, and a Pipnet that is gone', async () => {
    const tracker = createTracker(pipnet);
    await tracker.next(grey(64, 48, 100), 5);
    await expect(tracker.next(grey(64, 48, 100), 5)).rejects.toThrow('timestamp 5 is not after');
    await expect(tracker.next(grey(64, 48, 100), NaN)).rejects.toThrow(ArgumentError);
    await expect(tracker.next('nonsense.jpg', 9)).rejects.toThrow('nonsense.jpg');
    expect(await tracker.next(grey(64, 48, 100), 10)).toEqual([]);
    const gone = await loadPipnet({ model: 'nano' });
    const orphan = createTracker(gone);
    gone.dispose();
    await expect(orphan.next(grey(64, 48, 100), 1)).rejects.toThrow('disposed');
  });
});

it('a sweep sees every place at every scale, and none larger than 320 pixels', () => {
  for (const [width, height, detectSize] of [
    [640, 480, 640],
    [1920, 1080, 1280],
    [300, 900, 640],
    [64, 48, 640],
  ]) {
    const glances = planSweep(width, height, detectSize);
    for (const { side, part } of glances) {
      const scale = side / Math.max(width, height);
      expect(Math.max(part.width, part.height) * scale).toBeLessThan(320.001);
      expect(part.x).toBeGreaterThanOrEqual(0);
      expect(part.x + part.width).toBeLessThan(width + 1e-6);
      expect(part.y + part.height).toBeLessThan(height + 1e-6);
    }
    for (const side of new Set(glances.map((glance) => glance.side))) {
      for (let k = 0; k < 100; k++) {
        const [x, y] = [((k % 10) / 9) * width, (Math.floor(k / 10) / 9) * height];
        expect(
          glances.some(
            ({ side: at, part }) =>
              at === side &&
              x >= part.x - 1e-6 &&
              x <= part.x + part.width + 1e-6 &&
              y >= part.y - 1e-6 &&
              y <= part.y + part.height + 1e-6,
          ),
        ).toBe(true);
      }
    }
  }
});

it('Watch tells cuts, motion and rest apart', () => {
  const watch = new Watch();
  const camera = { x: 600, y: 600 };
  expect(watch.next(frame(camera, 1))).toEqual({ isCut: true, isStill: false });
  expect(watch.next(frame(camera, 2))).toEqual({ isCut: false, isStill: true });
  expect(watch.next(frame({ x: 640, y: 600 }, 3))).toEqual({ isCut: false, isStill: false });
  expect(watch.next(expose(film(canvas, { x: 640, y: 600 }, SIZE), 4, { gain: 1.3 }))).toEqual({ isCut: false, isStill: false });
  expect(watch.next(expose(grey(640, 480, 128), 5, { deviation: 60 }))).toEqual({ isCut: true, isStill: false });
  expect(watch.next(grey(320, 240, 128))).toEqual({ isCut: true, isStill: false });
});
