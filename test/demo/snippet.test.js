// @module-tag slow
// The programs that the demo offers, run as they are.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { snippetOf } from '../../examples/browser/snippet.js';
import { executablePath, launch } from './browser.js';
import { startServer } from './server.js';

const PLAIN = {
  source: 'picture',
  model: 'default',
  threads: 1,
  landmarks: 68,
  layers: { points: false, lines: false, axes: false, boxes: false },
  effect: 'none',
};
const LIMIT_MS = 60_000;

describe.skipIf(!executablePath)('the code of what is on the stage', () => {
  let server;
  let browser;
  beforeAll(async () => {
    server = await startServer();
    browser = await launch('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream');
  }, LIMIT_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** What the program's canvas shows, once it has been painted: its size, and how many pixels differ from the picture's. */
  async function run(choice) {
    const page = await browser.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    try {
      const program = snippetOf(choice);
      const imports = JSON.stringify({ imports: { 'pipnet-wasm': '/dist/runtimes/browser/index.js' } });
      await page.route('**/program.html', (route) =>
        route.fulfill({
          contentType: 'text/html',
          body: `<script type="importmap">${imports}</script><img src="/test/images/grace-hopper.jpg"><video muted></video><canvas width="0"></canvas><script type="module">${program}</script>`,
        }),
      );
      await page.goto(`${server.url}program.html`);
      await page.waitForFunction(() => document.querySelector('canvas').width > 0);
      const shown = await page.evaluate(() => {
        const canvas = document.querySelector('canvas');
        const { width, height } = canvas;
        const picture = new OffscreenCanvas(width, height).getContext('2d');
        picture.drawImage(document.querySelector('img'), 0, 0);
        const [a, b] = [canvas.getContext('2d'), picture].map(
          (context) => new Uint32Array(context.getImageData(0, 0, width, height).data.buffer),
        );
        return { width, height, changes: a.reduce((count, pixel, i) => count + (pixel === b[i] ? 0 : 1), 0) };
      });
      expect(errors).toEqual([]);
      return shown;
    } finally {
      await page.close();
    }
  }

  test(
    'shows the picture as it is where nothing is to be drawn',
    async () => {
      expect(await run(PLAIN)).toEqual({ width: 512, height: 600, changes: 0 });
    },
    LIMIT_MS,
  );

  test.each([
    { layers: { ...PLAIN.layers, points: true } },
    { layers: { ...PLAIN.layers, lines: true } },
    { layers: { ...PLAIN.layers, axes: true } },
    { layers: { ...PLAIN.layers, boxes: true }, model: 'nano' },
    { effect: 'disguise' },
    { effect: 'pixels' },
    { effect: 'blur', model: '98', landmarks: 98, layers: { points: true, lines: true, axes: true, boxes: true } },
  ])(
    'draws %j',
    async (choice) => {
      const { width, changes } = await run({ ...PLAIN, ...choice });
      expect(width).toBe(512);
      expect(changes).toBeGreaterThan(50);
      expect(changes).toBeLessThan((512 * 600) / 3);
    },
    LIMIT_MS,
  );

  test(
    'follows what the camera shows',
    async () => {
      expect((await run({ ...PLAIN, source: 'camera', model: 'nano' })).width).toBe(640);
    },
    LIMIT_MS,
  );
});
