// @module-tag slow
// <face-landmarks> in a real browser, under a policy that allows nothing inline.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadPipnet } from '../../src/runtimes/node/index.ts';
import { executablePath, launch } from '../demo/browser.js';
import { serve } from '../runtimes/chromium/server.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PHOTO = '/test/images/grace-hopper.jpg';
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:";

/** Pixels by which JPEG decoders may move landmarks. */
const TOLERANCE = 1;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

test('on a server, where there are no elements, it is only imported', async () => {
  const { FaceLandmarksElement } = await import('../../dist/element/index.js');
  expect(FaceLandmarksElement).toBeTypeOf('function');
});

describe.skipIf(!executablePath)(
  executablePath ? 'in Chromium' : 'in Chromium: skipped, there is none (install it, or set CHROMIUM to its path)',
  () => {
    let server;
    let browser;
    beforeAll(async () => {
      server = await serve(ROOT, { 'Content-Security-Policy': POLICY });
      browser = await launch();
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    /** Shows the page once its first picture is done, and fails if it reports an error that isn't expected. */
    async function withPage(use, expected = /^$/) {
      const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
      const page = await context.newPage();
      const errors = [];
      const requests = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => message.type() === 'error' && !expected.test(message.text()) && errors.push(message.text()));
      page.on('request', (request) => requests.push(request.url()));
      try {
        await page.goto(`${server.origin}/test/element/page.html`);
        await eventsOf(page, 1);
        await use(page, requests);
        expect(errors).toEqual([]);
      } finally {
        await context.close();
      }
    }

    /** The events so far, at least so many. */
    async function eventsOf(page, count) {
      await page.waitForFunction((count) => globalThis.seen.length >= count, count);
      return page.evaluate(() => globalThis.seen);
    }

    /** Sets attributes of the element, or removes those that are null, and waits for the events that come of it. */
    async function change(page, attributes, events = 1) {
      const before = (await eventsOf(page, 0)).length;
      await page.evaluate((attributes) => {
        const element = document.querySelector('face-landmarks');
        for (const [name, value] of Object.entries(attributes))
          if (value === null) element.removeAttribute(name);
          else element.setAttribute(name, value);
      }, attributes);
      return (await eventsOf(page, before + events)).slice(before);
    }

    /** How many pixels of the overlay are drawn on, within so many of these points. */
    const drawnAt = (page, points, reach) =>
      page.evaluate(
        ({ points, reach }) => {
          const canvas = document.querySelector('face-landmarks').shadowRoot.querySelector('canvas');
          const scale = canvas.width / 512;
          const context = canvas.getContext('2d');
          return points.filter(({ x, y }) =>
            context
              .getImageData((x + 0.5) * scale - reach, (y + 0.5) * scale - reach, 2 * reach + 1, 2 * reach + 1)
              .data.some((value, i) => i % 4 === 3 && value > 0),
          ).length;
        },
        { points, reach },
      );

    test('finds what the library finds, and draws it', () =>
      withPage(async (page) => {
        expect(await eventsOf(page, 1)).toEqual([expect.objectContaining({ type: 'faces', src: PHOTO, faces: 1 })]);
        const [found] = await page.evaluate(() => document.querySelector('face-landmarks').faces);
        const pipnet = await loadPipnet();
        const [{ landmarks }] = await pipnet.detect(ROOT + PHOTO);
        pipnet.dispose();
        expect(found.landmarks.length).toBe(landmarks.length);
        landmarks.forEach(({ x, y }, i) =>
          expect(Math.hypot(x - found.landmarks[i].x, y - found.landmarks[i].y), `landmark ${i}`).toBeLessThan(TOLERANCE),
        );

        expect(await drawnAt(page, landmarks, 1)).toBe(landmarks.length);
        expect(await drawnAt(page, [{ x: 20, y: 20 }], 10)).toBe(0);
        await change(page, { show: '' });
        expect(await drawnAt(page, landmarks, 1)).toBe(0);
        await change(page, { show: 'points' });
        expect(await drawnAt(page, landmarks, 1)).toBe(landmarks.length);
        // In half the width, too.
        await page.evaluate(() => (document.querySelector('face-landmarks').style.width = '256px'));
        await page.waitForFunction(() => document.querySelector('face-landmarks').shadowRoot.querySelector('canvas').width === 256);
        expect(await drawnAt(page, landmarks, 1)).toBe(landmarks.length);
      }));

    test('tells those who listen what it shows, and is worked by keyboard', () =>
      withPage(async (page) => {
        await page.getByRole('img', { name: 'Grace Hopper in uniform' }).waitFor();
        expect(await page.getByRole('status').textContent()).toBe('1 face found');
        expect(await page.getAttribute('face-landmarks', 'aria-busy')).toBe('false');

        await page.evaluate(async (src) => (document.querySelector('face-landmarks').src = await globalThis.twins(src)), PHOTO);
        expect((await eventsOf(page, 2))[1]).toMatchObject({ type: 'faces', faces: 2 });
        expect(await page.getByRole('status').textContent()).toBe('2 faces found');
        const focused = () => page.evaluate(() => document.activeElement.shadowRoot?.activeElement?.ariaLabel);
        const path = [];
        for (const key of ['Tab', 'ArrowRight', 'ArrowRight', 'Home', 'End', 'ArrowUp', 'ArrowDown']) {
          await page.keyboard.press(key);
          path.push(await focused());
        }
        const [one, two] = ['Face 1 of 2', 'Face 2 of 2'];
        expect(path).toEqual([one, two, two, one, two, one, two]);
        expect(await page.getByRole('button', { name: two }).evaluate((button) => getComputedStyle(button).outlineStyle)).toBe('solid');
        await page.keyboard.press('Enter');
        expect((await eventsOf(page, 3))[2]).toMatchObject({ type: 'faceselect', index: 1 });
        await page.keyboard.press('Tab');
        expect(await focused()).toBeUndefined();
        await page.getByRole('button', { name: one }).click();
        expect((await eventsOf(page, 4))[3]).toMatchObject({ type: 'faceselect', index: 0 });
      }));

    test.each([
      ['no picture', { src: '/nowhere.jpg' }, 'ImageError', /^\/nowhere\.jpg can't be loaded: /],
      ['no model', { model: '/nowhere.safetensors' }, 'ModelError', /can't be fetched/],
      ['a detector for a model', { model: '/weights/faceboxesv2.safetensors' }, 'ModelError', /is a face detector/],
      ['an unknown layer', { show: 'points circles' }, 'ArgumentError', /circles.*boxes, lines, points/],
      ['a threshold out of range', { threshold: '2' }, 'ArgumentError', /threshold/],
      ['a threshold that is no number', { threshold: 'high' }, 'ArgumentError', /threshold/],
    ])('%s is one error, said to all, and over when it is right again', (_, wrong, name, message) =>
      withPage(async (page) => {
        const [event] = await change(page, wrong);
        expect(event).toMatchObject({ type: 'error', error: name, message: expect.stringMatching(message) });
        expect(await page.getByRole('status').textContent()).toBe(event.message);
        expect((await page.getByRole('status').boundingBox()).width).toBeGreaterThan(100);
        expect(await page.evaluate(() => document.querySelector('face-landmarks').faces)).toEqual([]);
        const right = Object.fromEntries(Object.keys(wrong).map((attribute) => [attribute, attribute === 'src' ? PHOTO : null]));
        expect(await change(page, right)).toEqual([expect.objectContaining({ type: 'faces', faces: 1 })]);
      }, /404/),
    );

    test('a picture without faces says so', () =>
      withPage(async (page) => {
        await change(page, { src: '/bench/chart.svg' });
        expect((await eventsOf(page, 2))[1]).toMatchObject({ type: 'faces', faces: 0 });
        expect(await page.getByRole('status').textContent()).toBe('No face found');
      }));

    test('of changes in a row only the last one counts', () =>
      withPage(async (page) => {
        await page.evaluate(async (photo) => {
          const element = document.querySelector('face-landmarks');
          for (let i = 0; i < 5; i++) {
            element.src = `/nowhere-${i}.jpg`;
            // Begun, and nothing can have come yet.
            for (let microtask = 0; microtask < i; microtask++) await undefined;
          }
          element.src = photo;
        }, PHOTO);
        const events = await eventsOf(page, 2);
        await page.waitForTimeout(500);
        expect(events).toHaveLength(2);
        expect(events[1]).toMatchObject({ type: 'faces', src: PHOTO, faces: 1 });
      }, /404/));

    test('elements share a model, and let it go', () =>
      withPage(async (page, requests) => {
        const weights = () => requests.filter((url) => url.endsWith('.safetensors')).length;
        expect(weights()).toBe(2);
        await page.evaluate(() => document.body.append(...[1, 2].map(() => document.querySelector('face-landmarks').cloneNode())));
        expect(await eventsOf(page, 3)).toHaveLength(3);
        expect(weights()).toBe(2);
        await page.evaluate(() => {
          const [first, ...others] = document.querySelectorAll('face-landmarks');
          for (const element of [first, ...others]) element.remove();
          document.body.append(first);
        });
        await eventsOf(page, 4);
        expect(weights()).toBe(4);
        // Removed while it works: nothing is told, nothing goes wrong.
        await page.evaluate(() => {
          const element = document.querySelector('face-landmarks');
          element.src = `${element.src}?again`;
          // It has begun then, and waits for the picture.
          queueMicrotask(() => element.remove());
        });
        await page.waitForTimeout(500);
        expect(await eventsOf(page, 4)).toHaveLength(4);
      }));

    test('nothing moves for those who want that', () =>
      withPage(async (page) => {
        const fade = () =>
          page.evaluate(
            () => getComputedStyle(document.querySelector('face-landmarks').shadowRoot.querySelector('canvas')).transitionDuration,
          );
        await page.emulateMedia({ reducedMotion: 'no-preference' });
        expect(await fade()).toBe('0.3s');
        await page.emulateMedia({ reducedMotion: 'reduce' });
        expect(await fade()).toBe('0s');
      }));
  },
);
