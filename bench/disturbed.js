/**
 * How models bear what pictures suffer: NME on labelled faces that are turned, small, blurred, compressed, covered.
 *
 *   node bench/disturbed.js <list> <folder of pictures> [--limit 200] default nano my.safetensors
 *
 * Faces are laid on a picture of their own, 1.6 times their box, changed there, and read in the crop of their landmarks.
 */
import { parseArgs } from 'node:util';
import { evaluate } from '../dist/evaluate/evaluate.js';
import { schemeFor } from '../dist/evaluate/scheme.js';
import { CROP_RULES } from '../dist/base/crop-rules.js';
import { inPicture } from '../dist/base/label-offset.js';
import { exactCrop } from '../dist/faces/crop.js';
import { NO_DETECTOR, LocalPipnet } from '../dist/pipnet.js';
import { loadPipnet } from '../dist/runtimes/node/index.js';
import { readList } from '../dist/files/read-list.js';
import { degrade, DegradeScratch } from '../dist/augment/degrade.js';
import { blur, occlude } from '../dist/augment/filters.js';
import { randomFrom } from '../dist/base/random.js';
import { resize } from '../dist/augment/resize.js';
import { layFace, readCutouts } from './faces.js';

/** Side of the picture that a face is laid on, and of the face on it. */
const SIDE = 384;
const MARGIN = 0.3;
const FACE = SIDE / (1 + 2 * MARGIN);

const scratch = new DegradeScratch(SIDE);
const buffer = new Float32Array(SIDE * SIDE * 3);

/** What is done to the picture; a side of its own makes it smaller. */
const blurred = (share) => ({ change: (image) => blur(image, SIDE, share * FACE, buffer) });
const compressed = (quality) => ({ change: (image) => degrade(image, SIDE, { shrink: 3, quality }, scratch) });
const covered = (share) => ({
  change(image, random) {
    const side = Math.sqrt(share) / (1 + 2 * MARGIN);
    const start = () => 0.5 - 0.5 / (1 + 2 * MARGIN) + random() * (1 / (1 + 2 * MARGIN) - side);
    occlude(image, SIDE, { x: start(), y: start(), width: side, height: side, colour: [random() * 255, random() * 255, random() * 255] });
  },
});
const small = (pixels) => ({ side: Math.round(pixels * (1 + 2 * MARGIN)) });
const turned = (degrees) => ({ degrees });

const CONDITIONS = {
  'as they are': {},
  'turned by 15°': turned(15),
  'turned by 30°': turned(30),
  'turned by 45°': turned(45),
  'turned by 90°': turned(90),
  'face of 64 pixels': small(64),
  'face of 32 pixels': small(32),
  'face of 20 pixels': small(20),
  'blurred by 1 % of the face': blurred(0.01),
  'blurred by 3 %': blurred(0.03),
  'JPEG of quality 20, face of 80 pixels': compressed(20),
  'JPEG of quality 8, face of 80 pixels': compressed(8),
  'a tenth covered': covered(0.1),
  'a third covered': covered(1 / 3),
};

const { values, positionals } = parseArgs({ options: { limit: { type: 'string', default: '1000000' } }, allowPositionals: true });
const [list, images, ...models] = positionals;
if (models.length === 0) {
  console.error('usage: node bench/disturbed.js <list> <folder of pictures> [--limit <n>] <model> ...');
  process.exit(1);
}
const samples = (await readList(list)).slice(0, Number(values.limit));
const cutouts = await readCutouts(samples, images);

const rows = Object.keys(CONDITIONS).map((condition) => [condition]);
for (const model of models) {
  const pipnet = await loadPipnet({ model, detector: NO_DETECTOR });
  for (const row of rows) row.push(await nmeOf(pipnet, CONDITIONS[row[0]]));
  pipnet.dispose();
}
console.log(`| NME % | ${models.join(' | ')} |\n|---|${'--:|'.repeat(models.length)}`);
for (const [condition, ...nmes] of rows) console.log(`| ${condition} | ${nmes.map((nme) => (100 * nme).toFixed(2)).join(' | ')} |`);

async function nmeOf(pipnet, condition) {
  const rule = CROP_RULES[pipnet.model.supervisedCrop];
  const offset = pipnet.model.labelOffset ?? [0, 0];
  const drawn = samples.map((sample, i) => {
    const points = inPicture(sample.points, sample.labelOffset ?? offset, rule);
    return { ...sample, labelOffset: [0, 0], ...changed({ ...sample, points }, i, condition) };
  });
  const { network } = LocalPipnet.partsOf(pipnet);
  const predict = async ({ draw }, crop) => network.predict(draw(), exactCrop(crop));
  const { merged } = await evaluate(drawn, predict, schemeFor(pipnet.model.architecture.landmarks), rule);
  return merged.nme;
}

/** A face on a picture of its own: its landmarks there, and what draws it. */
function changed(sample, index, { degrees = 0, side = SIDE, change }) {
  // Every other face the other way.
  const { points, image: draw } = layFace(sample, cutouts, { side: SIDE, margin: MARGIN, degrees: index % 2 === 0 ? degrees : -degrees });
  return {
    points: points.map((value) => (value * side) / SIDE),
    draw() {
      const image = draw();
      change?.(image, randomFrom(1, index));
      const shown = new Float32Array(side * side * 3);
      resize(shown, side, image, SIDE, buffer);
      return { data: Uint8ClampedArray.from(shown), width: side, height: side };
    },
  };
}
