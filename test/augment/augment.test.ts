import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/base/errors.ts';
import { AUGMENTATION, augmentation, drawPlan, type AugmentationOptions } from '../../src/augment/augment.ts';
import { randomFrom } from '../../src/base/random.ts';
import { BRIGHTNESS, centreOfDot, faceAt, FLIP, folderIn, only, open, temporaryFolder, writeFaces } from './pictures.ts';

const always = { chance: 1 };
const geometric: AugmentationOptions = { rotation: always, shift: always, scale: always, flip: { chance: 0.5 } };

/** Name, options, how far off a dot may be found, in pixels. */
const CASES: [string, AugmentationOptions | false, number][] = [
  ['nothing', false, 0.1],
  ['rotation', only({ rotation: always }), 0.1],
  ['rotation with the crop laid anew', only({ rotation: always, refit: true }), 0.1],
  ['shift', only({ shift: always }), 0.1],
  ['scale', only({ scale: { chance: 1, share: 0.3 } }), 0.1],
  ['flip', only({ flip: always }), 0.1],
  ['all that moves', only(geometric), 0.1],
  ['grey and colour', only({ grey: always, colour: always, ...geometric }), 0.15],
  ['blur', only({ blur: { chance: 1, radius: 3 }, ...geometric }), 0.35],
  ['JPEG', only({ degrade: { chance: 1, shrink: 1, quality: 50 }, ...geometric }), 0.35],
  ['few pixels', only({ degrade: { chance: 1, shrink: 2.5, quality: 90 }, ...geometric }), 0.35],
];

test.each(CASES)('dots drawn at the landmarks are found where the points say: %s', async (_, augment, tolerance) => {
  const folder = temporaryFolder();
  // The second face's crop leaves its picture, the third's is so large that its cutout is made smaller.
  const faces = [faceAt(118.3, 104.7), faceAt(60.5, 155.25), faceAt(310.4, 305.7, 3.5)];
  const samples = await writeFaces(folder, faces.slice(0, 2));
  const [large] = await writeFaces(folderIn(folder, 'large'), [faces[2]], 620, 610, 8);
  samples.push({ ...large, name: `large/${large.name}` });
  const source = await open(folder, samples, { augment, batch: 3, flip: FLIP });

  const size = 128;
  let found = 0;
  for (let epoch = 0; epoch < 8; epoch++) {
    for await (const { images, points, indices } of source.epoch(epoch)) {
      for (let face = 0; face < indices.length; face++) {
        const image = images.subarray(face * size * size * 3, (face + 1) * size * size * 3);
        for (let i = 0; i < 5; i++) {
          const [x, y] = [points[face * 10 + 2 * i] * size, points[face * 10 + 2 * i + 1] * size];
          if (!(x > 11 && y > 11 && x < size - 12 && y < size - 12)) continue;
          const dot = centreOfDot(image, size, x, y, 10);
          expect(Math.hypot(dot.x - x, dot.y - y), `face ${indices[face]}, landmark ${i}`).toBeLessThan(tolerance);
          found++;
        }
      }
    }
  }
  expect(found).toBeGreaterThan(40);
});

test('mirrored, a landmark takes the place of its partner', async () => {
  const folder = temporaryFolder();
  const samples = await writeFaces(folder, [faceAt(118, 104)]);
  const source = await open(folder, samples, { augment: only({ flip: always }), batch: 1, flip: FLIP });
  for await (const { images, points } of source.epoch(0)) {
    for (let i = 0; i < 5; i++) {
      const { brightest } = centreOfDot(images, 128, points[2 * i] * 128, points[2 * i + 1] * 128, 8);
      // The right eye of the mirrored face was the left one: it has that one's brightness.
      expect(brightest * 255).toBeGreaterThan(BRIGHTNESS[FLIP[i]] - 25);
      expect(brightest * 255).toBeLessThan(BRIGHTNESS[FLIP[i]] + 10);
    }
    expect(points[0]).toBeLessThan(points[2]);
  }
});

test('without a flip table nothing is mirrored, and nothing else changes', async () => {
  const folder = temporaryFolder();
  const samples = await writeFaces(folder, [faceAt(118, 104), faceAt(100, 100)]);
  const augment = only({ rotation: always, flip: always });
  const plain = await open(folder, samples, { augment });
  const never = await open(folder, samples, { augment: { ...augment, flip: { chance: 0 } }, flip: FLIP });
  for await (const a of plain.epoch(0)) for await (const b of never.epoch(0)) expect(a).toEqual(b);
});

test('plans: as often and as strong as the options say, and one option never changes what another draws', () => {
  const plans = Array.from({ length: 4000 }, (_, i) => drawPlan(randomFrom(7, i), AUGMENTATION));
  const share = (of: (plan: (typeof plans)[0]) => boolean) => plans.filter(of).length / plans.length;
  expect(share((plan) => plan.angle !== 0)).toBeCloseTo(0.5, 1);
  expect(share((plan) => plan.flip)).toBeCloseTo(0.5, 1);
  expect(share((plan) => plan.blur > 0)).toBeCloseTo(0.3, 1);
  expect(share((plan) => plan.saturation === 0)).toBeCloseTo(0.2, 1);
  expect(Math.max(...plans.map(({ angle }) => Math.abs(angle)))).toBeLessThanOrEqual(Math.PI / 6);
  expect(Math.max(...plans.map(({ occlusion }) => occlusion?.width ?? 0))).toBeLessThanOrEqual(0.4);
  expect(plans.every(({ occlusion: o }) => !o || (o.x >= 0 && o.y >= 0 && o.x + o.width <= 1 && o.y + o.height <= 1))).toBe(true);

  const calm = drawPlan(randomFrom(7, 3), augmentation({ rotation: { chance: 0 } }));
  expect({ ...calm, angle: plans[3].angle }).toEqual(plans[3]);
});

test('options outside their range are refused', () => {
  expect(() => augmentation({ rotation: { chance: 2 } })).toThrow(
    new ArgumentError('augmentation: rotation.chance 2 is not a number from 0 to 1'),
  );
  expect(() => augmentation({ degrade: { quality: NaN } })).toThrow(/degrade.quality NaN is not/);
  expect(augmentation({ refit: true, blur: { radius: 2 } })).toEqual({ ...AUGMENTATION, refit: true, blur: { chance: 0.3, radius: 2 } });
});
