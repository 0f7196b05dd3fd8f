/**
 * What a detector finds under hard conditions: faces with 68 landmarks pasted on grey, turned, small, large and cut, dark,
 * blurred, compressed; and what it takes for a face where there is none.
 *
 *   node bench/detector.js --list val.txt --images images [--negatives folder] [--detector file]... [--faces 60]
 *
 * A face is found by a box that overlaps the box of its landmarks by three tenths (detectors differ in how much forehead they count)
 * and has its centre inside it.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readImage } from '../dist/runtimes/node/decode.js';
import { loadPipnet } from '../dist/runtimes/node/index.js';
import { landmarkBox } from '../dist/base/crop-rules.js';
import { DETECTOR_NAMES } from '../dist/base/models.js';
import { blur } from '../dist/augment/filters.js';
import { jpegLoss, paddedSide } from '../dist/augment/jpeg-loss.js';

const { values: options } = parseArgs({
  options: {
    list: { type: 'string' },
    images: { type: 'string' },
    negatives: { type: 'string' },
    detector: { type: 'string', multiple: true, default: [...DETECTOR_NAMES] },
    faces: { type: 'string', default: '60' },
    threshold: { type: 'string', default: '0.6' },
  },
});

const SIDE = 320;
const GREY = 110;

const lines = (await readFile(options.list, 'utf8')).trim().split('\n').slice(0, Number(options.faces));
const faces = await Promise.all(
  lines.map(async (line) => {
    const [name, ...numbers] = line.split(/\s+/);
    return { pixels: await readImage(join(options.images, name)), points: numbers.map(Number) };
  }),
);

/** A grey square with a face in it, `size` pixels the longer side of its landmarks' box, turned, its centre at (x, y). */
function paste({ pixels, points }, { size, degrees = 0, side = SIDE, x = side / 2, y = side / 2 }) {
  const box = landmarkBox(points);
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const scale = size / Math.max(box.width, box.height);
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const channels = pixels.data.length / (pixels.width * pixels.height);
  const data = new Uint8Array(side * side * 3).fill(GREY);
  // Means over as many places as a target pixel is wide.
  const samples = Math.max(1, Math.ceil(1 / scale));
  for (let v = 0; v < side; v++) {
    for (let u = 0; u < side; u++) {
      const sums = [0, 0, 0];
      let inside = 0;
      for (let k = 0; k < samples * samples; k++) {
        const du = u + ((k % samples) + 0.5) / samples - x;
        const dv = v + (Math.floor(k / samples) + 0.5) / samples - y;
        const sx = Math.floor(cx + (cos * du + sin * dv) / scale);
        const sy = Math.floor(cy + (cos * dv - sin * du) / scale);
        if (sx < 0 || sy < 0 || sx >= pixels.width || sy >= pixels.height) continue;
        inside++;
        for (let c = 0; c < 3; c++) sums[c] += pixels.data[(sy * pixels.width + sx) * channels + c];
      }
      if (inside > 0) for (let c = 0; c < 3; c++) data[(v * side + u) * 3 + c] = sums[c] / inside;
    }
  }
  const turned = [];
  for (let i = 0; i < points.length; i += 2) {
    const [dx, dy] = [(points[i] - cx) * scale, (points[i + 1] - cy) * scale];
    turned.push(x + cos * dx - sin * dy, y + sin * dx + cos * dy);
  }
  return { pixels: { data, width: side, height: side }, box: landmarkBox(turned) };
}

function changed({ pixels, box }, change) {
  const image = Float32Array.from(pixels.data);
  change(image, pixels.width);
  return { box, pixels: { ...pixels, data: Uint8Array.from(image, (value) => Math.min(255, Math.max(0, Math.round(value)))) } };
}

const scenes = [
  ...[0, 15, 30, 45, 60, 90, 120, 150, 180].map((degrees) => [
    `turned by ${degrees} degrees`,
    (face) => paste(face, { size: 120, degrees }),
  ]),
  ...[12, 15, 20, 30, 40].map((size) => [`${size} pixels`, (face) => paste(face, { size })]),
  ['95 % of the picture', (face) => paste(face, { size: 0.95 * SIDE })],
  ['95 % of the picture, cut by a tenth', (face) => paste(face, { size: 0.95 * SIDE, x: SIDE * (0.5 - 0.095 - 0.025) })],
  ['95 % of 1024 pixels, cut by a tenth', (face) => paste(face, { size: 973, side: 1024, x: 1024 * (0.5 - 0.095 - 0.025) })],
  ['gamma 4', (face) => changed(paste(face, { size: 120 }), (image) => image.forEach((value, i) => (image[i] = 255 * (value / 255) ** 4)))],
  [
    'blur of 4 % of the face',
    (face) => changed(paste(face, { size: 120 }), (image, side) => blur(image, side, 0.04 * 120, new Float32Array(image.length))),
  ],
  [
    'JPEG quality 10',
    (face) => changed(paste(face, { size: 120 }), (image, side) => jpegLoss(image, side, 10, new Float32Array(3 * paddedSide(side) ** 2))),
  ],
];

function isFound(box, found) {
  const width = Math.min(box.x + box.width, found.x + found.width) - Math.max(box.x, found.x);
  const height = Math.min(box.y + box.height, found.y + found.height) - Math.max(box.y, found.y);
  const common = Math.max(0, width) * Math.max(0, height);
  const [x, y] = [found.x + found.width / 2, found.y + found.height / 2];
  const isCentred = x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
  return isCentred && common / (box.width * box.height + found.width * found.height - common) > 0.3;
}

const threshold = Number(options.threshold);
const detectors = await Promise.all(options.detector.map((detector) => loadPipnet({ detector })));
console.log(['', ...options.detector].join(' | '));
for (const [label, make] of scenes) {
  const counts = detectors.map(() => 0);
  for (const face of faces) {
    const { pixels, box } = make(face);
    for (const [i, detector] of detectors.entries()) {
      const found = await detector.detectBoxes(pixels, { threshold });
      if (found.some((each) => isFound(box, each.box))) counts[i]++;
    }
  }
  console.log([label, ...counts.map((count) => `${((100 * count) / faces.length).toFixed(1)} %`)].join(' | '));
}
if (options.negatives !== undefined) {
  const counts = detectors.map(() => 0);
  const names = await readdir(options.negatives);
  for (const name of names) {
    const pixels = await readImage(join(options.negatives, name));
    for (const [i, detector] of detectors.entries()) counts[i] += (await detector.detectBoxes(pixels, { threshold })).length;
  }
  console.log([`false alarms in ${names.length} pictures without faces`, ...counts].join(' | '));
}
for (const detector of detectors) detector.dispose();
