// @module-tag slow
// Poses of landmarks as our own models read them. Of known heads: head-pose.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImage } from '../../src/runtimes/node/decode.ts';
import { headPose, loadPipnet, type Box, type HeadPose, type Pipnet, type Pixels } from '../../src/runtimes/node/index.ts';
import { paste, turn, turnBox } from '../faces/paste.ts';
import { hasShared, inShared } from '../golden/shared.ts';

let pipnet: Pipnet;
beforeAll(async () => {
  pipnet = await loadPipnet();
});
afterAll(() => pipnet.dispose());

async function posesIn(pixels: Pixels, boxes?: Box[]): Promise<HeadPose[]> {
  const faces = await pipnet.detect(pixels, boxes ? { boxes } : {});
  return faces.sort((a, b) => a.box.x - b.box.x).map(({ landmarks }) => headPose(landmarks, pixels));
}

describe('a portrait that is turned in the plane', () => {
  let portrait: ReturnType<typeof paste>;
  let box: Box;
  let upright: HeadPose;
  beforeAll(async () => {
    const pixels = await readImage(new URL('../images/grace-hopper.jpg', import.meta.url));
    const [{ landmarks }] = await pipnet.detect(pixels);
    portrait = paste({ pixels, points: landmarks.map(({ x, y }) => [x, y]) }, 320, 0.4);
    [{ box }] = await pipnet.detect(portrait.pixels);
    [upright] = await posesIn(portrait.pixels, [box]);
  });

  it.each([-150, -90, -30, 30, 90, 180])('by %d degrees: roll follows, yaw and pitch stay', async (degrees) => {
    const { pixels } = turn(portrait, degrees);
    const [{ yaw, pitch, roll }] = await posesIn(pixels, [turnBox(box, pixels, degrees)]);
    expect(Math.abs(((roll - upright.roll - degrees + 900) % 360) - 180)).toBeLessThan(3);
    expect(Math.abs(yaw - upright.yaw)).toBeLessThan(3);
    expect(Math.abs(pitch - upright.pitch)).toBeLessThan(4);
  });
});

// Seen with the axes drawn onto them.
describe.skipIf(!hasShared)('photographs (skipped without them)', () => {
  it('two who look to the left of the picture', async () => {
    const poses = await posesIn(await readImage(inShared('images/1.jpg')));
    expect(poses).toHaveLength(2);
    for (const { yaw } of poses) expect(yaw).toBeLessThan(-5);
  });

  it('one who looks to the right', async () => {
    const [{ yaw }] = await posesIn(await readImage(inShared('images/right-face.png')));
    expect(yaw).toBeGreaterThan(25);
  });

  it('of four, the lower two look up, one to the right and one to the left', async () => {
    const pixels = await readImage(inShared('images/3.jpg'));
    const faces = await pipnet.detect(pixels);
    const [right, left] = faces
      .filter(({ box }) => box.y > pixels.height / 2)
      .sort((a, b) => a.box.x - b.box.x)
      .map(({ landmarks }) => headPose(landmarks, pixels));
    expect(right.pitch).toBeGreaterThan(15);
    expect(left.pitch).toBeGreaterThan(15);
    expect(right.yaw).toBeGreaterThan(15);
    expect(left.yaw).toBeLessThan(-5);
  });
});
