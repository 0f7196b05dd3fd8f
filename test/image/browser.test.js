// The same pictures in Chromium: each orientation of each format, whatever the browser makes of it by itself.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/runtimes/node/decode.ts';
import { executablePath, launch } from '../demo/browser.js';
import { avifTurned, encode, encodeBy, pngWithOrientation, quadrants, webpWithOrientation, withOrientation } from './pictures.ts';

const picture = quadrants();

describe.skipIf(!executablePath)('decodeImage in Chromium', () => {
  let server;
  let browser;

  beforeAll(async () => {
    const entry = fileURLToPath(new URL('../../dist/runtimes/browser/image.js', import.meta.url));
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
    server = createServer(({ url }, response) => {
      const isModule = url === '/image.js';
      response
        .setHeader('Content-Type', isModule ? 'text/javascript' : 'text/html')
        .end(isModule ? outputFiles[0].text : '<title>pictures</title>');
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    browser = await launch();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it('turns JPEG, PNG, WebP and AVIF as Node does', async () => {
    const [jpeg, png] = [await encode(picture, 'image/jpeg'), await encode(picture, 'image/png')];
    const [webp, avif] = [await encodeBy('webp', picture), await encodeBy('avif', picture)];
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const files = Array.from({ length: 8 }, (_, i) => [
      withOrientation(jpeg, i + 1),
      pngWithOrientation(png, i + 1),
      webpWithOrientation(webp, i + 1),
    ]).flat();
    files.push(avif, avifTurned(avif, 1, 0), avifTurned(avif, 2, 1), avifTurned(avif, 3, 1));
    for (const file of files) {
      // As text: what compiles the tests would change `import`.
      const script = `import('/image.js').then(({ decodeImage }) => decodeImage(new Blob([Uint8Array.from([${[...file]}])])))
        .then(({ data, width, height }) => ({ data: [...data], width, height }))`;
      const shown = await page.evaluate(script);
      const expected = await decodeImage(file);
      expect([shown.width, shown.height]).toEqual([expected.width, expected.height]);
      expect(Math.max(...shown.data.map((value, i) => Math.abs(value - expected.data[i])))).toBeLessThan(32);
    }
  }, 60_000);
});
