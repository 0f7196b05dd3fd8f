// What apps for Node do: a picture by its path, and the other formats that have a decoder of their own each.
import { readFile } from 'node:fs/promises';
import { decodeImage } from 'pipnet-wasm/image';
import { findLandmarks } from './landmarks.js';

/** @returns what `findLandmarks` does, and the first warning */
export async function findInFiles(folder = '.') {
  let warning;
  const { warn } = console;
  console.warn = (text) => (warning ??= text);
  try {
    const output = await findLandmarks(`${folder}/picture.jpg`);
    if (output.error) return { warning, ...output };
    for (const name of ['tiny.webp', 'tiny.avif']) {
      const { data, width, height } = await decodeImage(await readFile(`${folder}/${name}`));
      if (!(width > 0 && data.length === width * height * 4)) throw new Error(`${name}: ${width} x ${height}`);
    }
    return { warning, ...output };
  } catch (error) {
    return { warning, error: String(error) };
  } finally {
    console.warn = warn;
  }
}
