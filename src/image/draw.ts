// Faces drawn into a picture: a box each and a disc per landmark. Shapes are blended by how much of each pixel they
// cover, so that edges are smooth and a point of less than a pixel is faint instead of lost.
import { box, finite, listOf, number, objectOf, read } from '../base/options.ts';
import { readPixels } from '../base/pixels.ts';
import type { Face, Landmark, Pixels } from '../base/types.ts';
import { toRgba } from './pixels.ts';

type Colour = readonly [red: number, green: number, blue: number];

const BOX: Colour = [64, 196, 255];
const OUTLINE: Colour = [16, 16, 16];

const landmark = objectOf<Landmark>({ x: finite, y: finite, score: number(0, 1) }, ['x', 'y', 'score']);
const face = objectOf<Pick<Face, 'box' | 'landmarks'>>({ box, landmarks: listOf(landmark, 'landmarks') }, ['box', 'landmarks']);
const drawnFaces = listOf(face, 'faces');

/** A shape's share of the pixel `x`, `y`: 0 outside, 1 inside, between on the edge. */
type Coverage = (x: number, y: number) => number;

/**
 * Draws boxes and landmarks. Landmarks run from red (score 0) over yellow to green (score 1). Lines and points grow
 * with the picture and with each face: 68 points must stay apart in a face of 30 pixels and be seen in one of 1000.
 *
 * @param pixels RGB or RGBA; left as it is
 * @param faces in pixels of the picture, whole numbers being pixels' centres; what lies outside is cut off
 * @returns a new RGBA picture
 * @throws ImageError if the pixels are none
 * @throws ArgumentError if the faces are none
 */
export function drawFaces(pixels: Pixels, faces: readonly Pick<Face, 'box' | 'landmarks'>[]): Pixels {
  const canvas = toRgba(readPixels(pixels));
  for (const { box, landmarks } of read(faces, 'faces', drawnFaces)) {
    const { line, radius } = sizes(canvas, Math.min(box.width, box.height));
    const left = box.x;
    const top = box.y;
    const right = box.x + box.width;
    const bottom = box.y + box.height;
    for (const [colour, thickness] of [
      [OUTLINE, line + 2],
      [BOX, line],
    ] as const) {
      const half = thickness / 2;
      fillRectangle(canvas, left - half, top - half, right + half, top + half, colour);
      fillRectangle(canvas, left - half, bottom - half, right + half, bottom + half, colour);
      fillRectangle(canvas, left - half, top + half, left + half, bottom - half, colour);
      fillRectangle(canvas, right - half, top + half, right + half, bottom - half, colour);
    }
    for (const { x, y, score } of landmarks) {
      // A dark rim keeps points apart from skin; it would drown those of tiny faces.
      if (radius >= 1.5) fillDisc(canvas, x, y, radius + 0.5, OUTLINE);
      fillDisc(canvas, x, y, radius, colourOf(score));
    }
  }
  return canvas;
}

/** Line width and point radius in pixels: visible in the whole picture, but never more than fits a face of this size. */
function sizes({ width, height }: Pixels, face: number): { line: number; radius: number } {
  const picture = Math.max(width, height);
  return {
    line: Math.max(1, Math.min(Math.max(picture / 800, face / 100), face / 30)),
    radius: Math.max(0.7, Math.min(Math.max(picture / 1000, face / 100), face / 60)),
  };
}

/** Red, yellow and green for scores 0, 0.5 and 1. */
function colourOf(score: number): Colour {
  return [255 * Math.min(1, 2 - 2 * score), 255 * Math.min(1, 2 * score), 0];
}

function fillRectangle(canvas: Pixels, left: number, top: number, right: number, bottom: number, colour: Colour): void {
  const overlap = (pixel: number, from: number, to: number) => Math.max(0, Math.min(pixel + 0.5, to) - Math.max(pixel - 0.5, from));
  blend(canvas, left, top, right, bottom, colour, (x, y) => overlap(x, left, right) * overlap(y, top, bottom));
}

function fillDisc(canvas: Pixels, centreX: number, centreY: number, radius: number, colour: Colour): void {
  const reach = radius + 0.5;
  blend(canvas, centreX - reach, centreY - reach, centreX + reach, centreY + reach, colour, (x, y) =>
    Math.min(1, Math.max(0, reach - Math.hypot(x - centreX, y - centreY))),
  );
}

/** Mixes a colour into the pixels around the given bounds, as far as `coverage` says. */
function blend(
  { data, width, height }: Pixels,
  left: number,
  top: number,
  right: number,
  bottom: number,
  colour: Colour,
  coverage: Coverage,
): void {
  const endX = Math.min(width - 1, Math.ceil(right));
  const endY = Math.min(height - 1, Math.ceil(bottom));
  for (let y = Math.max(0, Math.floor(top)); y <= endY; y++) {
    for (let x = Math.max(0, Math.floor(left)); x <= endX; x++) {
      const share = coverage(x, y);
      const at = 4 * (y * width + x);
      for (let channel = 0; channel < 4; channel++) {
        const target = channel === 3 ? 255 : colour[channel];
        data[at + channel] = Math.round(data[at + channel] + share * (target - data[at + channel]));
      }
    }
  }
}
