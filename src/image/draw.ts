// Faces drawn into pixels. Marks are blended by how much of each pixel they cover, so that edges are smooth and what is
// thinner than a pixel is faint instead of lost.
import { box, landmark, listOf, number, objectOf, read, wholeNumber } from '../base/options.ts';
import { readPixels } from '../base/pixels.ts';
import type { Pixels, Point } from '../base/types.ts';
import type { Curve } from './curves.ts';
import { marksOf, numberOf, type DrawnFace, type Mark } from './face-marks.ts';
import { toRgba } from './pixels.ts';

const face = objectOf<DrawnFace>(
  { box, landmarks: listOf(landmark, 'landmarks'), roll: number(-180, 180), id: wholeNumber(0, Number.MAX_SAFE_INTEGER) },
  ['box', 'landmarks'],
);
const drawnFaces = listOf(face, 'faces');

/** Beyond any picture, and squares of it are still exact enough. */
const FAR = 1e7;

/** Straight pieces of a curve: how long in pixels, and how many at most. */
const PIECE = 3;
const MAX_PIECES = 16;

/** Longest side of a picture that is shown pixel by pixel; larger ones are seen smaller, and drawn into thicker. */
const SCREEN = 1200;

/**
 * Draws boxes, turned with their faces, lines along the parts of the face (of 68 and of 98 landmarks) and landmarks, and
 * numbers faces if there are several, or by their ids if they are followed. Landmarks run from orange (unsure) to blue (sure). Lines and points grow with the
 * picture, but are thin on small faces.
 *
 * @param pixels RGB or RGBA; left as it is
 * @param faces in pixels of the picture, whole numbers being pixels' centres; what lies outside is cut off
 * @returns a new RGBA picture
 * @throws ImageError if the pixels are none
 * @throws ArgumentError if the faces are none
 */
export function drawFaces(pixels: Pixels, faces: readonly DrawnFace[]): Pixels {
  const canvas = toRgba(readPixels(pixels));
  const mask = new Uint8Array(canvas.width * canvas.height);
  for (const [i, face] of read(faces, 'faces', drawnFaces).entries()) {
    for (const mark of marksOf(face, numberOf(face, i, faces.length), pixelOf(canvas))) paint(canvas, mark, mask);
  }
  return canvas;
}

/** A pixel of the screen that a picture is seen on whole, in pixels of the picture. */
export function pixelOf({ width, height }: Pick<Pixels, 'width' | 'height'>): number {
  return Math.max(1, Math.max(width, height) / SCREEN);
}

/** @param mask a byte for each pixel, all 0 before and after */
function paint(canvas: Pixels, mark: Mark, mask: Uint8Array): void {
  const touched: number[] = [];
  if (mark.kind === 'disc') cover(canvas, mark.centre, mark.centre, mark.radius, mask, touched);
  else
    for (const curve of mark.curves) {
      const points = flatten(curve);
      for (let i = 1; i < points.length; i++) cover(canvas, points[i - 1], points[i], mark.width / 2, mask, touched);
    }
  for (const pixel of touched) {
    const share = (mark.opacity * mask[pixel]) / 255;
    mask[pixel] = 0;
    for (let channel = 0; channel < 4; channel++) {
      const at = 4 * pixel + channel;
      const target = channel === 3 ? 255 : mark.colour[channel];
      canvas.data[at] = Math.round(canvas.data[at] + share * (target - canvas.data[at]));
    }
  }
}

/**
 * Raises the mask to what a line with round ends covers of each pixel: pieces of one mark don't add up where they meet.
 *
 * @param touched gets the pixels that were 0
 */
function cover({ width, height }: Pixels, from: Point, to: Point, radius: number, mask: Uint8Array, touched: number[]): void {
  const reach = radius + 0.5;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const squared = dx * dx + dy * dy;
  const along = (value: number) => Math.max(0, Math.min(1, value));
  const lastY = Math.min(height - 1, Math.floor(Math.max(from.y, to.y) + reach));
  for (let y = Math.max(0, Math.ceil(Math.min(from.y, to.y) - reach)); y <= lastY; y++) {
    // The part of the line that this row can be reached from.
    const a = from.x + dx * (dy === 0 ? 0 : along((y - reach - from.y) / dy));
    const b = from.x + dx * (dy === 0 ? 1 : along((y + reach - from.y) / dy));
    const lastX = Math.min(width - 1, Math.floor(Math.max(a, b) + reach));
    for (let x = Math.max(0, Math.ceil(Math.min(a, b) - reach)); x <= lastX; x++) {
      const t = squared === 0 ? 0 : along(((x - from.x) * dx + (y - from.y) * dy) / squared);
      const distance = Math.hypot(x - from.x - t * dx, y - from.y - t * dy);
      const covered = Math.round(255 * Math.max(0, Math.min(1, 2 * radius, reach - distance)));
      const pixel = y * width + x;
      if (covered <= mask[pixel]) continue;
      if (mask[pixel] === 0) touched.push(pixel);
      mask[pixel] = covered;
    }
  }
}

/** Straight pieces of a curve, of a few pixels each. */
function flatten(curve: Curve): Point[] {
  const [first, ...rest] = curve.map(({ x, y }) => ({ x: within(x), y: within(y) }));
  const points = [first];
  for (let i = 0; i < rest.length; i += 3) {
    const from = points.at(-1)!;
    const [c, d, to] = rest.slice(i, i + 3);
    const pieces = Math.max(1, Math.min(MAX_PIECES, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / PIECE)));
    for (let piece = 1; piece <= pieces; piece++) {
      const t = piece / pieces;
      const at = (axis: 'x' | 'y') =>
        (1 - t) ** 3 * from[axis] + 3 * (1 - t) ** 2 * t * c[axis] + 3 * (1 - t) * t * t * d[axis] + t ** 3 * to[axis];
      points.push({ x: at('x'), y: at('y') });
    }
  }
  return points;
}

function within(value: number): number {
  return Math.max(-FAR, Math.min(FAR, value));
}
