// What a reader of the pages has at hand: pictures, labels, a model.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadPipnet } from '../../dist/runtimes/node/index.js';
import { decodeImage, encodePng } from '../../dist/runtimes/node/image.js';
import { picture } from '../runtimes/test-app.js';

const PHOTOS = 12;

/** Fills a folder with `photo.jpg` and the files that commands of the pages name. */
export async function furnish(folder) {
  const at = (...names) => join(folder, ...names);
  for (const name of ['holiday', 'portraits', 'photos', 'faces', 'images', 'frames', '300w/afw'])
    await mkdir(at(name), { recursive: true });
  for (const copy of ['photo.jpg', 'holiday/a.jpg', 'portraits/b.jpg', 'faces/c.jpg', 'images/c.jpg', '300w/afw/d.jpg'])
    await copyFile(picture, at(copy));
  await copyFile(fileURLToPath(new URL('../../weights/pipnet-nano-68.safetensors', import.meta.url)), at('model.safetensors'));

  const pixels = await decodeImage(await readFile(picture));
  for (let i = 0; i < PHOTOS; i++) await writeFile(at('photos', `${i}.png`), await encodePng(variantOf(pixels, i)));

  const pipnet = await loadPipnet({ model: 'nano' });
  const [{ landmarks }] = await pipnet.detect(pixels);
  pipnet.dispose();
  const label = (name) => `${name} ${landmarks.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join(' ')}\n`;
  for (const list of ['val.txt', 'train.txt']) await writeFile(at(list), label('c.jpg'));
  await writeFile(at('labels.txt'), Array.from({ length: PHOTOS }, (_, i) => label(`${i}.png`)).join(''));
  const points = landmarks.map(({ x, y }) => `${(x + 1).toFixed(1)} ${(y + 1).toFixed(1)}\n`).join('');
  await writeFile(at('300w/afw/d.pts'), `version: 1\nn_points: 68\n{\n${points}}\n`);
}

/** The portrait a little to the side, darker or brighter, every other one mirrored: other photographs of the same. */
function variantOf({ data, width, height }, i) {
  const [x0, y0] = [(7 * i) % 40, (5 * i) % 30];
  const [w, h] = [width - 40, height - 30];
  const out = new Uint8Array(4 * w * h);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const from = 4 * ((y + y0) * width + x0 + (i % 2 === 0 ? x : w - 1 - x));
      out.set(data.subarray(from, from + 4), 4 * (y * w + x));
    }
  const brightness = 0.7 + (i % 5) / 10;
  for (let at = 0; at < out.length; at++) if (at % 4 !== 3) out[at] = Math.min(255, out[at] * brightness);
  return { data: out, width: w, height: h };
}
