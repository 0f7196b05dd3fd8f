// @module-tag slow
// The demo in a real browser: SHOTS=folder keeps pictures of what it looks like.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/runtimes/node/decode.ts';
import { loadPipnet } from '../../src/runtimes/node/index.ts';
import { executablePath, hears, launch, modelLoaded, openDemo, openSample } from './browser.js';
import { FRAMES, gridOf, LOOKS_AT, renderFrame, writeY4m } from './fake-camera.js';
import { startServer } from './server.js';

const PICTURE = fileURLToPath(new URL('../images/grace-hopper.jpg', import.meta.url));
const MODEL = fileURLToPath(new URL('../../weights/pipnet-mobilenetv2-68.safetensors', import.meta.url));
const DETECTOR = fileURLToPath(new URL('../../weights/faceboxesv2.safetensors', import.meta.url));

/** CSS pixels between the stage's edge and the picture (stage.js). */
const MARGIN = 10;

/** Pixels of the screen per CSS pixel. */
const RATIO = 2;

/** The landmark of its outer corner. */
const RIGHT_EYE = 36;

const LIMIT_MS = 60_000;

const shoot = (page, name) => process.env.SHOTS && page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });

describe.skipIf(!executablePath)(
  executablePath ? 'the demo in Chromium' : 'the demo in Chromium: skipped, there is none (install it, or set CHROMIUM to its path)',
  () => {
    let folder;
    let server;
    let browser;
    let picture;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'pipnet-demo-'));
      picture = await decodeImage(await readFile(PICTURE), PICTURE);
      const video = join(folder, 'camera.y4m');
      await writeY4m(
        video,
        Array.from({ length: FRAMES }, (_, frame) => renderFrame(picture, gridOf(frame, LOOKS_AT))),
      );
      server = await startServer();
      browser = await launch(
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-video-capture=${video}`,
      );
    }, LIMIT_MS);

    afterAll(async () => {
      await browser?.close();
      await server?.stop();
      if (folder) await rm(folder, { recursive: true });
    });

    /** Opens the demo, and fails if it reports an error meanwhile. */
    async function withDemo(use, options) {
      const { page, errors } = await openDemo(browser, server.url, options);
      try {
        await use(page);
        expect(errors).toEqual([]);
      } finally {
        await page.context().close();
      }
    }

    const demo = (name, use, options) => test(name, () => withDemo(use, options), LIMIT_MS);

    demo(
      'draws the points of a chosen picture where the library finds them',
      async (page) => {
        await page.setInputFiles('#file', PICTURE);
        await hears(page, /^1 face found/);
        await shoot(page, 'desktop-light');

        await toggle(page, 'Axes', 'Lines');
        const withPoints = await readCanvas(page);
        await toggle(page, 'Points');
        const without = await readCanvas(page);

        const pipnet = await loadPipnet();
        const [{ landmarks }] = await pipnet.detect(picture);
        pipnet.dispose();
        const centres = await onStage(withPoints, landmarks, RATIO);

        expect(await changesAt(withPoints, without, centres)).toEqual(centres.map(() => true));
        // Discs of a few pixels, and nothing else.
        const perPoint = (await countChanges(withPoints, without)) / landmarks.length;
        expect(perPoint).toBeGreaterThan(20);
        expect(perPoint).toBeLessThan(200);
      },
      { deviceScaleFactor: RATIO },
    );

    demo(
      'shows its sample in the dark',
      async (page) => {
        await openSample(page);
        await hears(page, /^1 face found/);
        await shoot(page, 'desktop-dark');
        expect(await page.textContent('#detection')).toMatch(/^\d+\.\dms$/);
        expect(await page.textContent('#landmarks')).toMatch(/^\d+\.\dms$/);
      },
      { colorScheme: 'dark' },
    );

    demo(
      'fits a phone, and is worked by touch',
      async (page) => {
        await page.getByRole('button', { name: 'Grace Hopper' }).tap();
        await hears(page, /^1 face found/);
        await shoot(page, 'phone');
        for (const width of [390, 320]) {
          await page.setViewportSize({ width, height: 700 });
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        }
      },
      { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true },
    );

    demo('is worked by keyboard', async (page) => {
      const names = [];
      for (let i = 0; i < 16; i++) {
        await page.keyboard.press('Tab');
        names.push(
          await page.evaluate(
            () =>
              document.activeElement.id || document.activeElement.name || document.activeElement.title || document.activeElement.localName,
          ),
        );
        // The focus is seen, be it on the control or on the label that stands for it.
        expect(
          await page.evaluate(() =>
            [document.activeElement, document.activeElement.closest('label')].some(
              (node) => node && getComputedStyle(node).outlineStyle === 'solid',
            ),
          ),
        ).toBe(true);
      }
      expect(names).toEqual([
        'file',
        'camera',
        'Grace Hopper',
        'A portrait',
        'Another portrait',
        'Twelve portraits',
        'points',
        'lines',
        'axes',
        'boxes',
        'effect',
        'model',
        'modelFile',
        'threads',
        'copyCode',
        'pre',
      ]);
      await page.getByRole('button', { name: 'Grace Hopper' }).focus();
      await page.keyboard.press('Enter');
      await hears(page, /^1 face found/);
      expect(await page.getAttribute('#canvas', 'aria-label')).toBe('1 face found');
    });

    demo('takes what is dropped and pasted', async (page) => {
      for (const type of ['drop', 'paste']) {
        await give(page, type, await readFile(PICTURE), 'photo.jpg');
        await hears(page, /^1 face found/);
        await give(page, type);
        await hears(page, /^There was no file in that/);
      }
    });

    demo('says what is wrong with what it is given', async (page) => {
      const text = join(folder, 'notes.txt');
      await writeFile(text, 'no picture');
      await page.setInputFiles('#file', text);
      await hears(page, /“notes.txt” is not a picture/);

      const plain = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(400, 300);
        canvas.getContext('2d').fillRect(0, 0, 400, 300);
        return Array.from(new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer()));
      });
      await give(page, 'drop', plain, 'night.png');
      await hears(page, /^No face found/);

      await page.setInputFiles('#modelFile', text);
      await hears(page, /“notes.txt” is no model/);
      await page.setInputFiles('#modelFile', DETECTOR);
      await hears(page, /is a face detector/);
      await openSample(page);
      await hears(page, /^1 face found/);
    });

    demo('runs a model of one’s own, on threads', async (page) => {
      await openSample(page);
      await hears(page, /^1 face found/);
      await page.setInputFiles('#modelFile', MODEL);
      await page.waitForFunction(() => document.querySelector('#model').selectedOptions[0].text === 'pipnet-mobilenetv2-68.safetensors');
      await hears(page, /^1 face found/);
      const threads = page.locator('#threads');
      if (await threads.isEnabled()) {
        await threads.selectOption('2');
        await hears(page, /^1 face found/);
        expect(await threads.inputValue()).toBe('2');
      }
      expect(await page.locator('#features .has').allTextContents()).toEqual(
        expect.arrayContaining(['WebAssembly SIMD', 'Threads (cross-origin isolated)', 'Works offline']),
      );
    });

    demo('follows the face before the camera', async (page) => {
      await page.click('#camera');
      await hears(page, /^1 face found/);
      await page.waitForTimeout(3000);
      await shoot(page, 'camera');
      const figures = await page.evaluate(() => ['fps', 'frame'].map((id) => document.getElementById(id).textContent));
      console.log(`the camera of 640 x 480: ${figures[0]}, each ${figures[1]}`);
      expect(Number.parseFloat(figures[0])).toBeGreaterThan(5);
      // The eagle of the cap looks like a face in some of the frames.
      expect(await page.textContent('#status')).toMatch(/^(1 face|2 faces) found\.$/);

      const before = await readCanvas(page);
      await page.waitForTimeout(500);
      expect(await countChanges(before, await readCanvas(page))).toBeGreaterThan(1000);
      expect(await page.textContent('#code')).toContain("loadPipnet({ model: 'nano', worker: true })");

      await page.click('#camera');
      expect(await page.textContent('#camera')).toBe('Camera');
      expect(await page.isVisible('.invitation')).toBe(true);
      expect(await page.evaluate(() => document.querySelector('#video').srcObject)).toBe(null);
    });

    demo('follows the face in a video file, and stands still when told to', async (page) => {
      await give(page, 'drop', await recordVideo(page, await readFile(PICTURE)), 'film.webm', 'video/webm');
      await hears(page, /^1 face found/);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.waitForTimeout(300);
      const before = await readCanvas(page);
      await page.waitForTimeout(500);
      expect(await countChanges(before, await readCanvas(page))).toBe(0);
      await page.getByRole('button', { name: 'Play' }).click();
      expect(await page.locator('#fps').isVisible()).toBe(true);
      await openSample(page);
      // No frame rate where there is a still picture.
      await page.locator('#fps').waitFor({ state: 'hidden' });
      await hears(page, /^1 face found/);
      expect(await page.textContent('#landmarks')).toMatch(/ms$/);

      await give(page, 'drop', [0, 1, 2], 'broken.mp4', 'video/mp4');
      await hears(page, /“broken.mp4” is no video/);
    });

    demo('turns a picture, all around', async (page) => {
      await openSample(page);
      await hears(page, /^1 face found/);
      const ratio = () => page.evaluate(() => Number(document.querySelector('.stage').style.getPropertyValue('--ratio')));
      const upright = await ratio();
      for (const expected of [1 / upright, upright, 1 / upright, upright]) {
        await page.getByRole('button', { name: 'Rotate' }).click();
        await expect.poll(ratio).toBeCloseTo(expected);
      }
      await hears(page, /^1 face found/);
    });

    demo('finds all of twelve portraits', async (page) => {
      await openSample(page, 'Twelve portraits');
      await hears(page, /^12 faces found/);
      await shoot(page, 'portraits');
    });

    demo('tells where the largest face looks, and what it does', async (page) => {
      await openSample(page);
      await hears(page, /^1 face found/);
      expect(await page.textContent('#yaw')).toMatch(/^−?\d+°$/);
      const [left, right, mouth] = await page.evaluate(() =>
        ['leftEye', 'rightEye', 'mouth'].map((id) => document.getElementById(id).value),
      );
      expect(Math.min(left, right)).toBeGreaterThan(0.3);
      expect(mouth).toBeLessThan(0.2);
    });

    demo('does to faces what is chosen, and to nothing else', async (page) => {
      await page.setInputFiles('#file', PICTURE);
      await hears(page, /^1 face found/);
      await toggle(page, 'Points', 'Lines', 'Axes');
      const before = await readCanvas(page);
      const pipnet = await loadPipnet();
      const [{ landmarks }] = await pipnet.detect(picture);
      pipnet.dispose();
      const [eye] = await onStage(before, [landmarks[RIGHT_EYE]], 1);
      const [edge] = await onStage(before, [{ x: picture.width / 2, y: 0.95 * picture.height }], 1);
      const changed = {};
      for (const effect of ['Disguise', 'Pixels', 'Blur']) {
        await page.getByLabel(effect).focus();
        await page.keyboard.press('Space');
        const after = await readCanvas(page);
        changed[effect] = await countChanges(before, after);
        expect([effect, ...(await changesAt(before, after, [eye, edge]))]).toEqual([effect, true, false]);
      }
      expect(changed.Pixels).toBeGreaterThan(10_000);
      expect(Math.abs(changed.Pixels - changed.Blur)).toBeLessThan(changed.Pixels / 10);
      expect(changed.Disguise).toBeGreaterThan(10_000);
      expect(await page.textContent('#code')).toContain('imageSmoothingEnabled = true');
      await toggle(page, 'As is');
      expect(await page.textContent('#code')).not.toContain('imageSmoothingEnabled');
      expect(await countChanges(before, await readCanvas(page))).toBe(0);
    });

    demo(
      'gives what is on the stage as PNG and as JSON',
      async (page) => {
        await page.setInputFiles('#file', PICTURE);
        await hears(page, /^1 face found/);
        const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Snapshot' }).click()]);
        expect(download.suggestedFilename()).toBe('faces.png');
        const { width, height } = await decodeImage(await readFile(await download.path()), 'faces.png');
        expect([width, height]).toEqual([picture.width, picture.height]);

        await page.getByRole('button', { name: 'Copy JSON' }).click();
        await hears(page, /^Copied/);
        const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
        expect([copied.width, copied.height]).toEqual([picture.width, picture.height]);
        const pipnet = await loadPipnet();
        const [{ landmarks }] = await pipnet.detect(picture);
        pipnet.dispose();
        const distances = copied.faces[0].landmarks.map(({ x, y }, i) => Math.hypot(x - landmarks[i].x, y - landmarks[i].y));
        expect(Math.max(...distances)).toBeLessThan(1);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );

    test.each([
      ['there is no camera', [], /^No camera was found/],
      ['the camera is not allowed', ['--use-fake-device-for-media-stream', '--deny-permission-prompts'], /^The camera is blocked/],
    ])(
      'says that %s',
      async (_, flags, message) => {
        const other = await launch(...flags);
        try {
          const { page, errors } = await openDemo(other, server.url);
          await page.click('#camera');
          await hears(page, message);
          expect(errors).toEqual([]);
        } finally {
          await other.close();
        }
      },
      LIMIT_MS,
    );

    test(
      'works without a network after the first visit',
      async () => {
        const own = await startServer();
        const { page } = await openDemo(browser, own.url);
        // The sample was not asked for yet.
        await openSample(page);
        await hears(page, /^1 face found/);
        // What was not asked for yet is kept as well.
        await page.waitForFunction(() => caches.match('/weights/pipnet-nano-68.safetensors'));
        await page.waitForFunction(() => caches.match('/examples/faces/images/12.jpg'));
        await own.stop();
        await page.reload();
        await modelLoaded(page);
        await openSample(page);
        await hears(page, /^1 face found/);
        await openSample(page, 'Twelve portraits');
        await hears(page, /^12 faces found/);
        await page.click('#camera');
        await hears(page, /^1 face found/);
        await page.context().close();
      },
      LIMIT_MS,
    );
  },
);

/** By keyboard, as the boxes behind the labels are out of sight. */
async function toggle(page, ...layers) {
  for (const layer of layers) {
    await page.getByLabel(layer).focus();
    await page.keyboard.press('Space');
  }
}

/** The canvas's pixels, which stay in the browser. */
function readCanvas(page) {
  return page.evaluateHandle(() => {
    const canvas = document.querySelector('#canvas');
    return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  });
}

/** Where points of the picture lie on the canvas. */
async function onStage(pixels, points, ratio) {
  const { width, height } = await pixels.evaluate(({ width, height }) => ({ width, height }));
  const picture = await decodeImage(await readFile(PICTURE), PICTURE);
  const margin = 2 * MARGIN * ratio;
  const scale = Math.min((width - margin) / picture.width, (height - margin) / picture.height);
  const left = (width - picture.width * scale) / 2;
  const top = (height - picture.height * scale) / 2;
  return points.map(({ x, y }) => ({ x: Math.round(left + (x + 0.5) * scale), y: Math.round(top + (y + 0.5) * scale) }));
}

/** How many pixels differ. */
function countChanges(a, b) {
  return a.evaluate((a, b) => {
    const [before, after] = [a, b].map(({ data }) => new Uint32Array(data.buffer));
    return before.reduce((count, pixel, i) => count + (pixel === after[i] ? 0 : 1), 0);
  }, b);
}

/** Which of the places differ. */
function changesAt(a, b, places) {
  return a.evaluate(
    (a, { b, places }) => {
      const [before, after] = [a, b].map(({ data }) => new Uint32Array(data.buffer));
      return places.map(({ x, y }) => before[y * a.width + x] !== after[y * a.width + x]);
    },
    { b, places },
  );
}

/** Drops or pastes a file, or nothing. */
function give(page, type, bytes, name, kind) {
  return page.evaluate(
    ({ type, bytes, name, kind }) => {
      const transfer = new DataTransfer();
      if (bytes) transfer.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
      const event =
        type === 'drop'
          ? new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true })
          : new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true });
      document.body.dispatchEvent(event);
    },
    { type, bytes: bytes && Array.from(bytes), name, kind },
  );
}

/** A second of video in which a picture moves, as bytes of a WebM file. */
function recordVideo(page, bytes) {
  return page.evaluate(async (bytes) => {
    const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
    const canvas = Object.assign(document.createElement('canvas'), { width: 512, height: 512 });
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm' });
    const chunks = [];
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let i = 0; i < 20; i++) {
      context.drawImage(picture, 2 * i - 20, 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    recorder.stop();
    await stopped;
    return Array.from(new Uint8Array(await new Blob(chunks).arrayBuffer()));
  }, Array.from(bytes));
}
