import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REDETECT_FRAMES, Tracker } from '../../examples/browser/tracker.js';
import { decodeImage } from '../../src/runtimes/node/decode.ts';
import { loadPipnet } from '../../src/runtimes/node/index.ts';
import { FRAMES, gridOf, LOOKS_AT, renderFrame } from './fake-camera.js';

const LEFT_EYE = 36;
const RIGHT_EYE = 45;

let pipnet;
let picture;
beforeAll(async () => {
  pipnet = await loadPipnet();
  picture = await decodeImage(await readFile(new URL('../images/grace-hopper.jpg', import.meta.url)), 'grace-hopper.jpg');
});
afterAll(() => pipnet.dispose());

const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

/** Mean distance of the landmarks in percent of that between the outer eye corners. */
function difference(landmarks, truth) {
  const sum = landmarks.reduce((total, landmark, i) => total + distance(landmark, truth[i]), 0);
  return (100 * sum) / landmarks.length / distance(truth[LEFT_EYE], truth[RIGHT_EYE]);
}

describe('a face that is followed', () => {
  test('keeps its landmarks while it moves, with the detector at every 15th frame', async () => {
    const [{ landmarks }] = await pipnet.detect(picture);
    const tracker = new Tracker(pipnet);
    const differences = [];
    const detections = [];
    for (let frame = 0; frame < FRAMES; frame++) {
      const grid = gridOf(frame, LOOKS_AT);
      const { faces, detectMs } = await tracker.next(renderFrame(picture, grid));
      expect(faces).toHaveLength(1);
      if (detectMs !== undefined) detections.push(frame);
      const truth = landmarks.map(({ x, y }) => ({ x: (x - grid.left) / grid.step, y: (y - grid.top) / grid.step }));
      differences.push(difference(faces[0].landmarks, truth));
    }
    const mean = differences.reduce((sum, value) => sum + value) / differences.length;
    console.log(
      `landmarks of a moving face: ${mean.toFixed(2)} % of the eyes' distance off in the mean, ${Math.max(...differences).toFixed(2)} % at most`,
    );
    expect(detections).toEqual([0, 1, 2, 3].map((i) => i * REDETECT_FRAMES));
    expect(mean).toBeLessThan(2);
    expect(Math.max(...differences)).toBeLessThan(4);
  }, 60_000);

  test('stays where it is while nothing moves', async () => {
    const frame = renderFrame(picture, gridOf(0, LOOKS_AT));
    const tracker = new Tracker(pipnet);
    const first = (await tracker.next(frame)).faces[0];
    let last;
    for (let i = 0; i < REDETECT_FRAMES - 1; i++) last = (await tracker.next(frame)).faces[0];
    expect(difference(last.landmarks, first.landmarks)).toBeLessThan(0.01);
  }, 60_000);

  test('is let go when it has left, and looked for again at once', async () => {
    const frame = renderFrame(picture, gridOf(0, LOOKS_AT));
    const empty = { ...frame, data: new Uint8ClampedArray(frame.data.length).fill(128) };
    const tracker = new Tracker(pipnet);
    const seen = [];
    for (const pixels of [frame, frame, empty, empty, frame]) {
      const { faces, detectMs } = await tracker.next(pixels);
      seen.push([faces.length, detectMs !== undefined]);
    }
    expect(seen).toEqual([
      [1, true],
      [1, false],
      [0, false],
      [0, true],
      [1, true],
    ]);
  }, 60_000);
});
