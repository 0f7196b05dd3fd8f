/** Labelled faces, each laid on a black square of its own and turned there. */
import { UNCHANGED } from '../dist/augment/augment.js';
import { place, placePoints } from '../dist/augment/place.js';
import { warp } from '../dist/augment/warp.js';
import { shrink } from '../dist/image/shrink.js';
import { readImage } from '../dist/runtimes/node/decode.js';

/** The whole pictures of samples, by name, as `layFace` reads them. */
export async function readCutouts(samples, folder) {
  const cutouts = new Map();
  for (const { name } of samples) {
    if (!cutouts.has(name)) cutouts.set(name, toCutout(await readImage(`${folder}/${name}`)));
  }
  return cutouts;
}

function toCutout(picture) {
  const { width, height } = picture;
  return { ...shrink(picture, { left: 0, top: 0, columns: width, rows: height, ratio: 1 }), x: 0, y: 0, step: 1 };
}

/**
 * A face in the middle of a square: its landmarks there, in pixels, and what draws it.
 *
 * @param {{ side: number, margin: number, degrees?: number }} options pixels of the square, share of the face's box that it
 *   is larger by to each side, and how the face is turned, clockwise
 * @returns {{ points: Float64Array, image: () => Float32Array }} the image is [side, side, 3], 0 to 255
 */
export function layFace(sample, cutouts, { side, margin, degrees = 0 }) {
  const grid = place(sample, { margin, top: 'out' }, { ...UNCHANGED, angle: (-degrees * Math.PI) / 180 });
  const units = new Float32Array(sample.points.length);
  placePoints(units, sample.points, grid);
  return {
    points: Float64Array.from(units, (unit) => unit * side),
    image() {
      const image = new Float32Array(side * side * 3);
      warp(image, side, cutouts.get(sample.name), grid);
      return image;
    },
  };
}
