import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  ImageError,
  loadPipnet,
  ModelError,
  PipnetError,
  type Detector,
  type Landmark,
  type Pipnet,
  type Pixels,
} from '../../src/runtimes/node/index.ts';
import { readImage } from '../../src/runtimes/node/decode.ts';

const photograph = new URL('../images/grace-hopper.jpg', import.meta.url);
const box = { x: 176, y: 118, width: 179, height: 215 };

let pipnet: Pipnet;
let pixels: Pixels;
beforeAll(async () => {
  pipnet = await loadPipnet();
  pixels = await readImage(photograph);
});
afterAll(() => pipnet.dispose());

/** Largest distance between landmarks of the same number, in pixels. */
const distance = (a: Landmark[], b: Landmark[]) => Math.max(...a.map(({ x, y }, i) => Math.hypot(x - b[i].x, y - b[i].y)));

describe('detect', () => {
  it('is detectBoxes and landmarks', async () => {
    const [face, ...others] = await pipnet.detect(pixels);
    expect(others).toEqual([]);
    const boxes = await pipnet.detectBoxes(pixels);
    expect(boxes[0]).toEqual({ box: face.box, score: face.score, points: face.points });
    expect(await pipnet.landmarks(pixels, boxes[0])).toEqual(face.landmarks);
    expect(face.landmarks).toHaveLength(68);
    for (const { score } of face.landmarks) expect(score >= 0 && score <= 1).toBe(true);
  });

  it('takes RGB, RGBA, bytes, paths and URLs alike', async () => {
    const { data, width, height } = pixels;
    const rgb = new Uint8ClampedArray(width * height * 3).map((_, i) => data[Math.floor(i / 3) * 4 + (i % 3)]);
    const expected = await pipnet.detect(pixels);
    for (const source of [{ data: rgb, width, height }, readFileSync(photograph), photograph, photograph.pathname]) {
      expect(await pipnet.detect(source)).toEqual(expected);
    }
  });

  it('with boxes leaves detection out', async () => {
    const [face] = await pipnet.detect(pixels, { boxes: [box] });
    expect(face.box).toEqual(box);
    expect(face).toMatchObject({ score: 1, landmarks: await pipnet.landmarks(pixels, box) });
  });

  it('with faces that it found before gives them again', async () => {
    const faces = await pipnet.detect(pixels);
    expect(await pipnet.detect(pixels, { boxes: (await pipnet.detectBoxes(pixels)).slice(0, 1) })).toEqual(faces);
    expect(await pipnet.detect(pixels, { boxes: faces })).toEqual(faces);
    await expect(pipnet.detect(pixels, { boxes: [{ ...faces[0], score: 2 }] })).rejects.toThrow('boxes[0].score 2');
    await expect(pipnet.landmarks(pixels, { ...faces[0], points: [] })).rejects.toThrow('box.points has 0 points');
  });

  it('answers in pixels of the picture at any detect size', async () => {
    const [full] = await pipnet.detectBoxes(pixels);
    const [small] = await pipnet.detectBoxes(pixels, { detectSize: 320 });
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(Math.abs(full.box[side] - small.box[side])).toBeLessThan(0.15 * full.box.height);
  });

  it('finds nothing in a picture of one pixel', async () => {
    expect(await pipnet.detect({ data: new Uint8Array(3), width: 1, height: 1 })).toEqual([]);
  });
});

describe('other ways to the same landmarks', () => {
  it.each([
    ['the dense head', { head: 'dense' }, 1e-4],
    ['two threads', { threads: 2 }, 1e-4],
    ['baseline SIMD', { kernels: 'simd' }, 0.01],
    ['the nearest pixel instead of bilinear sampling', { sampling: 'nearest' }, 6],
  ] as const)('%s', async (_name, options, tolerance) => {
    using other = await loadPipnet(options);
    const once = { refine: false };
    expect(distance(await other.landmarks(pixels, box, once), await pipnet.landmarks(pixels, box, once))).toBeLessThan(tolerance);
    if ('threads' in options) expect(other.info().threads).toBe(2);
  });

  it('a detector of the caller', async () => {
    const seen: object[] = [];
    const detector: Detector = {
      detect: (_image, options) => {
        seen.push(options);
        return [{ box, score: 0.7 }];
      },
    };
    using own = await loadPipnet({ detector });
    const [face] = await own.detect(pixels, { threshold: 0.3 });
    expect(seen).toEqual([{ threshold: 0.3, detectSize: 1280 }]);
    expect(face).toMatchObject({ box, score: 0.7 });
    expect(face.landmarks).toEqual(await pipnet.landmarks(pixels, box));
  });
});

describe('errors', () => {
  const nothing = new Uint8Array(12);
  it.each([
    ['no data', { data: new Uint8Array(0), width: 0, height: 0 }, ImageError, '0 x 0'],
    ['a fraction of a pixel', { data: nothing, width: 1.5, height: 2 }, ImageError, '1.5 x 2'],
    ['too few bytes', { data: nothing, width: 3, height: 3 }, ImageError, '12 bytes'],
    ['an array', { data: [1, 2, 3], width: 1, height: 1 }, ImageError, 'Uint8Array'],
    ['no picture at all', null, ImageError, 'null'],
    ['a number', 7, ImageError, '7'],
  ])('%s', async (_name, image, error, message) => {
    const call = pipnet.detect(image as unknown as Pixels);
    await expect(call).rejects.toThrow(error);
    await expect(call).rejects.toThrow(message);
  });

  it.each([
    { x: NaN, y: 0, width: 1, height: 1 },
    { x: 0, y: 0, width: Infinity, height: 1 },
    { x: 10, y: 10, width: 0, height: 5 },
    { x: 10, y: 10, width: 5, height: -5 },
    { x: 600, y: 10, width: 50, height: 50 },
    { x: -100, y: -100, width: 20, height: 20 },
  ])('box %j', async (bad) => {
    await expect(pipnet.landmarks(pixels, bad)).rejects.toThrow(ArgumentError);
    await expect(pipnet.detect(pixels, { boxes: [bad] })).rejects.toThrow(`${bad.x},${bad.y},${bad.width},${bad.height}`);
  });

  it.each([{ threshold: -0.1 }, { threshold: NaN }, { detectSize: 0 }, { detectSize: 12.5 }, { detectSize: 1e6 }])(
    '%j',
    async (options) => {
      await expect(pipnet.detectBoxes(pixels, options)).rejects.toThrow(ArgumentError);
    },
  );

  it('models of the wrong kind, and no files', async () => {
    const weights = (name: string) => new URL(`../../weights/${name}.safetensors`, import.meta.url);
    await expect(loadPipnet({ model: 'faceboxes' })).rejects.toThrow(ModelError);
    await expect(loadPipnet({ detector: 'default' })).rejects.toThrow('landmark model');
    await expect(loadPipnet({ model: weights('missing') })).rejects.toThrow(ModelError);
    await expect(loadPipnet({ model: new Uint8Array(100) })).rejects.toThrow(ModelError);
    await expect(loadPipnet({ threads: 0 })).rejects.toThrow(ArgumentError);
  });

  it('after dispose', async () => {
    const gone = await loadPipnet();
    gone.dispose();
    gone.dispose();
    await expect(gone.detect(pixels)).rejects.toThrow(PipnetError);
    expect(() => gone.info()).toThrow('disposed');
  });
});
