/**
 * How well and how fast faces are followed, on synthetic video whose truth is known.
 *
 *   node bench/track/main.js --list val.txt --images images --backgrounds folder [--model nano] [--faces 10] [--scenes word] [--speed]
 *
 * jitter: standard deviation of the landmarks of a face at rest, in % of the distance between the outer corners of the eyes,
 * smoothed / not. lag: how late the face's place is while the camera moves, in frames of 30 a second.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, quantile } from '../../dist/base/statistics.js';
import { readImage } from '../../dist/runtimes/node/decode.js';
import { createTracker, loadPipnet } from '../../dist/runtimes/node/index.js';
import { boxOf, expose, film, makeCanvas, occlude, pasteFace, project } from './scene.js';

const { values: options } = parseArgs({
  options: {
    list: { type: 'string' },
    images: { type: 'string' },
    backgrounds: { type: 'string' },
    model: { type: 'string', default: 'nano' },
    faces: { type: 'string', default: '10' },
    scenes: { type: 'string', default: '' },
    speed: { type: 'boolean', default: false },
  },
});

const SIZE = { width: 640, height: 480 };
const MS = 1000 / 30;
const EYES = [36, 45];

const lines = (await readFile(options.list, 'utf8')).trim().split('\n');
const wanted = Number(options.faces);
const chosen = lines.filter((_, i) => i % Math.floor(lines.length / (2 * wanted)) === 0).slice(0, 2 * wanted);
const faces = await Promise.all(
  chosen.map(async (line) => {
    const [name, ...numbers] = line.split(/\s+/);
    return { name, pixels: await readImage(join(options.images, name)), points: numbers.map(Number) };
  }),
);
const names = (await readdir(options.backgrounds)).sort();
const backgrounds = await Promise.all(names.slice(0, 2 * wanted).map((name) => readImage(join(options.backgrounds, name))));

const pipnet = await loadPipnet({ model: options.model });
console.log(`${options.model}, ${wanted} faces, frames of ${SIZE.width} x ${SIZE.height}`);

async function measureQuality() {
  const scenes = [
    ...['noise 4', 'noise 8', 'flicker'].map((kind) => [`at rest, ${kind}`, (i) => rest(i, kind)]),
    ...['pan', 'zoom', 'roll', 'shake'].map((kind) => [kind, (i) => move(i, kind)]),
    ['occlusion', occlusion],
    ['cut', cut],
    ['crossing', crossing],
    ['leaves and comes back', comeBack],
  ];
  for (const [name, scene] of scenes.filter(([name]) => name.includes(options.scenes))) {
    const results = [];
    for (let i = 0; i < wanted; i++) results.push(await scene(i));
    const keys = Object.keys(results[0]);
    console.log(`${name.padEnd(24)} ${keys.map((key) => `${key} ${format(results.map((result) => result[key]))}`).join('   ')}`);
  }
}

/** The median, or how often something is true. */
function format(values) {
  if (typeof values[0] === 'boolean') return `${values.filter(Boolean).length} of ${values.length}`;
  return `${median(values).toFixed(2)} (most ${Math.max(...values).toFixed(2)})`;
}

/** A canvas with a face in its middle; face `i`, or two. */
function stage(i, size = 220) {
  const canvas = makeCanvas(backgrounds[i % backgrounds.length]);
  const points = pasteFace(canvas, faces[i], { x: 600, y: 600, size });
  return { canvas, points };
}

/** Follows faces through frames; gives for each frame what was found. */
async function follow(count, frameAt, trackOptions = {}) {
  const tracker = createTracker(pipnet, trackOptions);
  const found = [];
  for (let t = 0; t < count; t++) found.push(await tracker.next(frameAt(t), t * MS));
  return found;
}

const flat = (face) => face.landmarks.flatMap(({ x, y }) => [x, y]);
const eyes = (points) => Math.hypot(points[2 * EYES[0]] - points[2 * EYES[1]], points[2 * EYES[0] + 1] - points[2 * EYES[1] + 1]);
const middle = (points) =>
  [0, 1].map((axis) => points.filter((_, i) => i % 2 === axis).reduce((sum, value) => sum + value, 0) / (points.length / 2));
const nearest = (found, truth) => {
  const [x, y] = middle(truth);
  return found
    .map((face) => ({ face, far: Math.hypot(middle(flat(face))[0] - x, middle(flat(face))[1] - y) }))
    .sort((a, b) => a.far - b.far)
    .find(({ far }) => far < eyes(truth) / 2)?.face;
};

async function rest(i, kind) {
  const { canvas, points } = stage(i);
  const camera = { x: 600, y: 600 };
  const clean = film(canvas, camera, SIZE);
  const frameAt = (t) =>
    expose({ ...clean, data: clean.data.slice() }, 1000 * i + t, {
      deviation: kind === 'noise 8' ? 8 : 4,
      gain: kind === 'flicker' ? 1 + 0.1 * Math.sin(t) : 1,
    });
  const truth = project(points, camera, SIZE);
  const jitter = async (smooth) => {
    const found = (await follow(60, frameAt, { smooth }))
      .slice(15)
      .map((all) => nearest(all, truth))
      .filter(Boolean)
      .map(flat);
    const deviations = truth.map((_, k) => deviation(found.map((points) => points[k])));
    return (100 * Math.sqrt(deviations.reduce((sum, value) => sum + value ** 2, 0) / deviations.length)) / eyes(truth);
  };
  const [smooth, raw] = [await jitter(true), await jitter(false)];
  return { 'jitter %': smooth, 'of the raw': smooth / raw };
}

function deviation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function cameraAt(kind, t) {
  const wave = Math.sin((2 * Math.PI * t) / 45);
  if (kind === 'pan') return { x: 600 + 170 * wave, y: 600 + 40 * wave };
  if (kind === 'zoom') return { x: 600, y: 600, zoom: 1.5 ** wave };
  if (kind === 'roll') return { x: 600, y: 600, roll: 40 * wave };
  return { x: 600 + 12 * Math.sin(t * 1.7), y: 600 + 12 * Math.sin(t * 2.3), roll: 2 * Math.sin(t * 1.1) };
}

async function move(i, kind) {
  const { canvas, points } = stage(i, 200);
  const frameAt = (t) => expose(film(canvas, cameraAt(kind, t), SIZE), t, { deviation: 4 });
  const found = await follow(90, frameAt);
  const truthAt = (t) => project(points, cameraAt(kind, t), SIZE);
  const shown = found.map((all, t) => nearest(all, truthAt(t)));
  // The delay, in tenths of frames, at which the answers lie best on where the face was.
  let [lag, least] = [0, Infinity];
  for (let delay = -1; delay <= 3; delay += 0.1) {
    const errors = shown.flatMap((face, t) => (face && t > 20 ? [distance(flat(face), truthAt(t - delay))] : []));
    const error = deviation2(errors);
    if (error < least) [lag, least] = [delay, error];
  }
  const errors = shown.flatMap((face, t) => (face && t > 5 ? [100 * nme(flat(face), truthAt(t))] : []));
  return {
    'lag (frames)': lag,
    'NME %': median(errors),
    'lost (frames in a row)': longestGap(shown),
    'one id': new Set(shown.filter(Boolean).map(({ id }) => id)).size === 1,
  };
}

const distance = (points, truth) => {
  const [a, b] = [middle(points), middle(truth)];
  return (
    Math.hypot(a[0] - b[0], a[1] - b[1]) ** 2 + (eyes(points) - eyes(truth)) ** 2 + (eyes(truth) * (angle(points) - angle(truth))) ** 2
  );
};
const angle = (points) => Math.atan2(points[2 * EYES[1] + 1] - points[2 * EYES[0] + 1], points[2 * EYES[1]] - points[2 * EYES[0]]);
const deviation2 = (squares) => squares.reduce((sum, value) => sum + value, 0) / squares.length;
const nme = (points, truth) => {
  let sum = 0;
  for (let k = 0; k < truth.length; k += 2) sum += Math.hypot(points[k] - truth[k], points[k + 1] - truth[k + 1]);
  return sum / (truth.length / 2) / eyes(truth);
};

function longestGap(shown) {
  let [gap, longest] = [0, 0];
  for (const face of shown) {
    gap = face ? 0 : gap + 1;
    longest = Math.max(longest, gap);
  }
  return longest;
}

/** A bar passes in front of the face. */
async function occlusion(i) {
  const { canvas, points } = stage(i);
  const camera = { x: 600, y: 600 };
  const clean = film(canvas, camera, SIZE);
  const truth = project(points, camera, SIZE);
  const box = boxOf(truth);
  const covered = (t) => {
    const x = box.x - box.width + (t - 20) * 12;
    return { x, y: 0, width: box.width * 0.9, height: SIZE.height };
  };
  const share = (t) =>
    Math.max(0, Math.min(covered(t).x + covered(t).width, box.x + box.width) - Math.max(covered(t).x, box.x)) / box.width;
  const frameAt = (t) => occlude(expose({ ...clean, data: clean.data.slice() }, t, { deviation: 4 }), covered(t));
  const shown = (await follow(80, frameAt)).map((all) => nearest(all, truth));
  // While at most a third of it is covered.
  const gap = longestGap(shown.map((face, t) => face ?? (share(t) > 0.34 ? 'hidden' : undefined)));
  const last =
    Array.from({ length: 80 }, (_, t) => t)
      .filter((t) => share(t) > 0.34)
      .at(-1) ?? 0;
  const back = shown.findIndex((face, t) => t > last && face) - last - 1;
  return { 'lost (frames in a row)': gap, 'back after': back, 'one id': new Set(shown.filter(Boolean).map(({ id }) => id)).size === 1 };
}

/** Another scene with another face. */
async function cut(i) {
  const [a, b] = [stage(i), { canvas: makeCanvas(backgrounds[(i + 1) % backgrounds.length]) }];
  b.points = pasteFace(b.canvas, faces[(i + 1) % faces.length], { x: 480, y: 560, size: 160 });
  const camera = { x: 600, y: 600 };
  const scenes = [a, b].map(({ canvas, points }) => ({ frame: film(canvas, camera, SIZE), truth: project(points, camera, SIZE) }));
  const sceneAt = (t) => scenes[t < 20 ? 0 : 1];
  const found = await follow(40, (t) => expose({ ...sceneAt(t).frame, data: sceneAt(t).frame.data.slice() }, t, { deviation: 4 }));
  const shown = found.map((all, t) => nearest(all, sceneAt(t).truth));
  const after = shown.slice(20).findIndex(Boolean);
  return {
    'frames until found': after < 0 ? 99 : after,
    'another id': shown[19]?.id !== shown[39]?.id,
    'none left over': found[25].length === 1,
  };
}

/** Two faces change places; the second passes behind the first. */
async function crossing(i) {
  const [a, b] = [faces[2 * i], faces[2 * i + 1]];
  const background = film(makeCanvas(backgrounds[i % backgrounds.length]), { x: 600, y: 600 }, SIZE);
  const truths = [];
  const frameAt = (t) => {
    const frame = { ...background, data: background.data.slice() };
    const way = Math.max(0, Math.min(1, (t - 15) / 40));
    const near = pasteFace(frame, a, { x: 180 + 280 * way, y: 250, size: 150 });
    const copy = { ...frame, data: background.data.slice() };
    const far = pasteFace(copy, b, { x: 460 - 280 * way, y: 235, size: 140 });
    pasteFace(copy, a, { x: 180 + 280 * way, y: 250, size: 150 });
    truths[t] = [near, far];
    return expose(copy, t, { deviation: 4 });
  };
  const found = await follow(75, frameAt);
  const idAt = (t, which) => nearest(found[t], truths[t][which])?.id;
  const near = idAt(12, 0) !== undefined && idAt(12, 0) === idAt(74, 0);
  const far = idAt(12, 1) !== undefined && idAt(12, 1) === idAt(74, 1);
  return { 'near keeps its id': near, 'far keeps its id': far };
}

/** The face leaves the picture and returns after two thirds of a second. */
async function comeBack(i) {
  const { canvas, points } = stage(i, 180);
  const cameraAt = (t) => ({ x: 600 + 520 * Math.max(0, Math.min(1, (t - 15) / 15, (65 - t) / 15)), y: 600 });
  const found = await follow(85, (t) => expose(film(canvas, cameraAt(t), SIZE), t, { deviation: 4 }));
  const truth = project(points, cameraAt(84), SIZE);
  const [before, after] = [nearest(found[12], truth), nearest(found[84], truth)];
  return { 'same id': before !== undefined && before.id === after?.id };
}

async function measureSpeed() {
  const { canvas } = stage(0);
  const frames = Array.from({ length: 90 }, (_, t) => expose(film(canvas, cameraAt('pan', t), SIZE), t, { deviation: 4 }));
  const times = { tracked: [], 'detector on every frame': [] };
  for (let round = 0; round < 4; round++) {
    const tracker = createTracker(pipnet);
    for (const [t, frame] of frames.entries()) {
      const start = performance.now();
      await tracker.next(frame, t * MS);
      if (round > 0) times.tracked.push(performance.now() - start);
    }
    for (const frame of frames.slice(0, 45)) {
      const start = performance.now();
      await pipnet.detectBoxes(frame, { detectSize: 640 });
      if (round > 0) times['detector on every frame'].push(performance.now() - start);
    }
  }
  for (const [name, all] of Object.entries(times)) {
    const [half, most] = [median(all), quantile(all, 0.95)];
    console.log(
      `${name.padEnd(24)} ${half.toFixed(2)} ms, p95 ${most.toFixed(2)} ms (${(most / half).toFixed(2)} x), ${((1000 * all.length) / all.reduce((a, b) => a + b)).toFixed(0)} frames/s`,
    );
  }
}

if (options.speed) await measureSpeed();
else await measureQuality();
pipnet.dispose();
