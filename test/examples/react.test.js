// @module-tag slow
// examples/react as its README builds it, in a browser.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { executablePath } from '../demo/browser.js';
import { withPage } from '../runtimes/chromium/browser.js';
import { serve } from '../runtimes/chromium/server.js';
import { execute } from '../runtimes/execute.js';
import { picture, testApp } from '../runtimes/test-app.js';

vi.setConfig({ testTimeout: 120_000 });

const app = await testApp(fileURLToPath(new URL('../../examples/react', import.meta.url)));

app.describe('examples/react', () => {
  test.skipIf(!executablePath)('finds the face of a picture, and says what is no picture', async () => {
    await execute('npm', ['run', 'build'], app.folder);
    const server = await serve(join(app.folder, 'dist'), {});
    try {
      await withPage(`${server.origin}/index.html`, async (page) => {
        const says = (text) => page.getByRole('status').filter({ hasText: text }).waitFor();
        await page.setInputFiles('input', picture);
        await says('1 found');
        const points = await page.locator('circle').evaluateAll((circles) => circles.map(({ cx }) => cx.baseVal.value));
        expect(points).toHaveLength(68);
        expect(Math.min(...points)).toBeGreaterThan(100);
        // Of a picture that is replaced at once, nothing is heard.
        await page.setInputFiles('input', picture);
        await page.setInputFiles('input', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
        await says('is not a picture');
        expect(await page.locator('circle').count()).toBe(0);
      });
    } finally {
      server.close();
    }
  });

  test('its hook is the one of the README', () => {
    const readme = readFileSync(join(app.folder, 'README.md'), 'utf8');
    const [, call] = readme.match(/```jsx\n(.*)\n```/);
    expect(readFileSync(join(app.folder, 'src/app.jsx'), 'utf8')).toContain(call);
  });
});
