/**
 * Faces that lie turned in the picture: NME of their landmarks, and networks run for each face, by how they are read.
 *
 *   node bench/turned.js <list> <folder of pictures> [--limit 200] [--step 15] [--detect] default nano my.safetensors
 *
 * Boxes are the shipped detector's as it gives them for upright faces, off by up to a tenth, around the face as it is
 * turned. With --detect they are what it finds instead, and faces that it doesn't find are left out of the error.
 */
import { parseArgs } from 'node:util';
import { toRadians } from '../dist/base/affine.js';
import { CROP_RULES, landmarkBox } from '../dist/base/crop-rules.js';
import { inPicture } from '../dist/base/label-offset.js';
import { randomFrom } from '../dist/base/random.js';
import { mean } from '../dist/base/statistics.js';
import { schemeFor } from '../dist/evaluate/scheme.js';
import { readList } from '../dist/files/read-list.js';
import { FaceReader } from '../dist/pip/face-reader.js';
import { LocalPipnet } from '../dist/pipnet.js';
import { loadPipnet } from '../dist/runtimes/node/index.js';
import { layFace, readCutouts } from './faces.js';

const SIDE = 512;
/** The longer side of a face's box has this share of the picture's: it stays inside however it is turned. */
const MARGIN = 0.7;

/** The detector's box in units of the landmarks' (medians of 100 upright faces). */
const DETECTED = { x: 0.01, y: -0.27, width: 0.97, height: 1.25 };
const JITTER = 0.1;

/** What an error of more than this is, in shares of the eye corners' distance: not found. */
const LOST = 0.1;

/** Ways of reading a face. */
const WAYS = {
  once: (reader, pixels, face) => reader.read(pixels, face, false),
  'again where tilted or unsure': (reader, pixels, face) => {
    const first = reader.read(pixels, face, false);
    return first.confidence < 0.5 || Math.abs(first.tilt) > toRadians(15) ? reader.read(pixels, face, true) : first;
  },
  always: (reader, pixels, face) => reader.read(pixels, face, true),
};

const { values, positionals } = parseArgs({
  options: {
    limit: { type: 'string', default: '1000000' },
    step: { type: 'string', default: '15' },
    detect: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [list, images, ...models] = positionals;
if (models.length === 0) {
  console.error('usage: node bench/turned.js <list> <folder of pictures> [--limit <n>] [--step <degrees>] [--detect] <model> ...');
  process.exit(1);
}
const samples = (await readList(list)).slice(0, Number(values.limit));
const cutouts = await readCutouts(samples, images);

for (const model of models) {
  const pipnet = await loadPipnet({ model });
  console.log(`\n${model}: NME % (networks run per face; faces lost)\n`);
  console.log(`| turned by |${values.detect ? ' found % |' : ''} ${Object.keys(WAYS).join(' | ')} |`);
  console.log(`|--:|${values.detect ? '--:|' : ''}${'--:|'.repeat(Object.keys(WAYS).length)}`);
  for (let degrees = 0; degrees <= 180; degrees += Number(values.step)) {
    const faces = [];
    for (const [i, sample] of samples.entries()) faces.push(await turned(pipnet, sample, i, i % 2 === 0 ? degrees : -degrees));
    const found = faces.filter(({ box }) => box);
    const cells = Object.values(WAYS).map((way) => measure(pipnet, found, way));
    if (values.detect) cells.unshift(((100 * found.length) / faces.length).toFixed(1));
    console.log(`| ${degrees}° | ${cells.join(' | ')} |`);
  }
  pipnet.dispose();
}

function measure(pipnet, faces, way) {
  const { network, model } = LocalPipnet.partsOf(pipnet);
  const [left, right] = schemeFor(model.architecture.landmarks).eyes;
  // A crop that a way reads twice would be kept by whoever used that way.
  const crops = new Set();
  const reader = new FaceReader({ predict }, model);
  function predict(pixels, crop) {
    crops.add([faces.findIndex((face) => face.pixels === pixels), crop.roll, ...Object.values(crop.box)].join());
    return network.predict(pixels, crop);
  }
  const errors = faces.map(({ pixels, box, points }) => {
    const { merged } = way(reader, pixels, { box });
    const distance = (a, i, b, j) => Math.hypot(a[2 * i] - b[2 * j], a[2 * i + 1] - b[2 * j + 1]);
    const errors = Array.from({ length: points.length / 2 }, (_, i) => distance(merged, i, points, i));
    return mean(errors) / distance(points, left, points, right);
  });
  const lost = errors.filter((error) => error > LOST).length;
  return `${(100 * mean(errors)).toFixed(2)} (${(crops.size / faces.length).toFixed(2)}; ${lost})`;
}

/** A face as it is turned, its landmarks and its box; no box where the detector is asked and finds none around the face. */
async function turned(pipnet, sample, index, degrees) {
  const { model } = LocalPipnet.partsOf(pipnet);
  const points = inPicture(sample.points, sample.labelOffset ?? model.labelOffset ?? [0, 0], CROP_RULES[model.supervisedCrop]);
  const laid = layFace({ ...sample, points }, cutouts, { side: SIDE, margin: MARGIN, degrees });
  const pixels = { data: Uint8ClampedArray.from(laid.image()), width: SIDE, height: SIDE };
  const upright = layFace({ ...sample, points }, cutouts, { side: SIDE, margin: MARGIN }).points;
  const expected = boxAround(landmarkBox(upright), toRadians(degrees), randomFrom(1, index));
  if (!values.detect) return { pixels, points: laid.points, box: expected };
  const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
  const [x, y] = middle(expected);
  const boxes = (await pipnet.detectBoxes(pixels)).map(({ box }) => box);
  const box = boxes.find((box) => Math.hypot(middle(box)[0] - x, middle(box)[1] - y) < expected.width / 2);
  return { pixels, points: laid.points, box };
}

/** The upright box around the ellipse in a turned face's box, which is off by up to a tenth. */
function boxAround(face, roll, random) {
  const jitter = () => (2 * random() - 1) * JITTER;
  const size = 1 + jitter();
  const [width, height] = [face.width * DETECTED.width, face.height * DETECTED.height];
  const dx = face.x + face.width * DETECTED.x + (0.5 + jitter()) * width - SIDE / 2;
  const dy = face.y + face.height * DETECTED.y + (0.5 + jitter()) * height - SIDE / 2;
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const [halfWidth, halfHeight] = [(Math.hypot(cos * width, sin * height) * size) / 2, (Math.hypot(sin * width, cos * height) * size) / 2];
  const [x, y] = [SIDE / 2 + cos * dx - sin * dy, SIDE / 2 + sin * dx + cos * dy];
  return { x: x - halfWidth, y: y - halfHeight, width: 2 * halfWidth, height: 2 * halfHeight };
}
