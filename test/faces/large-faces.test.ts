// @module-tag slow
// Faces of every size in pictures of every size, through the public face with its defaults. The whole table, over every
// nth of 200 labelled faces: LARGE_FACES=n npx vitest run test/faces/large-faces.test.ts
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPipnet, type Pipnet } from '../../src/runtimes/node/index.ts';
import { sharedArea } from '../../src/base/boxes.ts';
import type { Landmark } from '../../src/base/types.ts';
import { hasShared, inShared } from '../golden/shared.ts';
import { decodeImage } from '../../src/runtimes/node/image.ts';
import { boundsOf, paste, type LabelledFace, type Point, type Side } from './paste.ts';

const FILLS = [0.1, 0.2, 0.4, 0.6, 0.8, 0.95];
const SIDES: Side[] = ['left', 'right', 'top', 'bottom'];
/** What landmarks are compared with. */
const REFERENCE_FILL = 0.2;

let pipnet: Pipnet;
beforeAll(async () => {
  pipnet = await loadPipnet();
});
afterAll(() => pipnet.dispose());

/** Landmarks as distances from the true ones, in units of the face's height. */
function errorsOf(landmarks: Landmark[], points: Point[]): Point[] {
  const { height } = boundsOf(points);
  return landmarks.map(({ x, y }, i) => [(x - points[i][0]) / height, (y - points[i][1]) / height]);
}

function meanDistance(a: Point[], b: Point[]): number {
  return a.reduce((sum, [x, y], i) => sum + Math.hypot(x - b[i][0], y - b[i][1]), 0) / a.length;
}

async function find(face: LabelledFace, side: number, fill: number, cut?: Side) {
  const { pixels, points } = paste(face, side, fill, cut);
  // What else the picture has, buttons and badges, may look like a small face.
  const faces = (await pipnet.detect(pixels)).filter(({ box }) => sharedArea(box, boundsOf(points)) > 0);
  return { faces: faces.length, errors: faces.length === 0 ? [] : errorsOf(faces[0].landmarks, points) };
}

describe.each([640, 1280])('the portrait of the tests in a picture of %d pixels', (side) => {
  let face: LabelledFace;
  let reference: Point[];
  beforeAll(async () => {
    const pixels = await decodeImage(readFileSync(fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url))));
    const [{ landmarks }] = await pipnet.detect(pixels);
    face = { pixels, points: landmarks.map(({ x, y }) => [x, y]) };
    reference = (await find(face, side, REFERENCE_FILL)).errors;
  }, 60_000);

  it.each(FILLS)(
    'fills %d of it: one face there, landmarks within 1.5 % of those at 0.2',
    async (fill) => {
      const whole = await find(face, side, fill);
      expect(whole.faces).toBe(1);
      expect(meanDistance(whole.errors, reference)).toBeLessThan(0.015);
      const cut = await find(face, side, fill, 'left');
      expect(cut.faces).toBe(1);
      expect(meanDistance(cut.errors, reference)).toBeLessThan(0.03);
    },
    60_000,
  );
});

const step = Number(process.env.LARGE_FACES ?? 0);

it.skipIf(step === 0 || !hasShared)(
  'a table of many faces (skipped without LARGE_FACES=n and labelled faces)',
  async () => {
    const lines = readFileSync(inShared('data/300w/val.txt'), 'utf8')
      .trim()
      .split('\n')
      .filter((_, i) => i % step === 0);
    const faces = await Promise.all(
      lines.map(async (line): Promise<LabelledFace> => {
        const [name, ...numbers] = line.split(' ');
        const points = Array.from({ length: numbers.length / 2 }, (_, i): Point => [Number(numbers[2 * i]), Number(numbers[2 * i + 1])]);
        return { pixels: await decodeImage(readFileSync(inShared(`data/300w/images/${name}`))), points };
      }),
    );
    const sizes = (process.env.LARGE_FACES_SIDES ?? '640,1280,2560,4000').split(',').map(Number);
    console.log('side  fill  cut  faces  one  none  more  % of height to those at 0.2: median  p90  over 1.5');
    for (const side of sizes) {
      const references = [];
      for (const face of faces) references.push(await find(face, side, REFERENCE_FILL));
      for (const cuts of [[undefined], SIDES]) {
        for (const fill of FILLS) {
          const results: { faces: number; errors: Point[]; reference: Point[] }[] = [];
          for (const [i, face] of faces.entries())
            results.push({ ...(await find(face, side, fill, cuts[i % cuts.length])), reference: references[i].errors });
          const distances = results
            .filter(({ errors, reference }) => errors.length > 0 && reference.length > 0)
            .map(({ errors, reference }) => 100 * meanDistance(errors, reference))
            .sort((a, b) => a - b);
          const count = (holds: (faces: number) => boolean) => results.filter((result) => holds(result.faces)).length;
          const quantile = (share: number) => distances[Math.floor(share * (distances.length - 1))].toFixed(2);
          console.log(
            [
              side,
              fill,
              cuts.length > 1 ? 'yes' : 'no',
              faces.length,
              count((n) => n === 1),
              count((n) => n === 0),
              count((n) => n > 1),
              quantile(0.5),
              quantile(0.9),
              distances.filter((distance) => distance > 1.5).length,
            ].join('  '),
          );
        }
      }
    }
  },
  7_200_000,
);
