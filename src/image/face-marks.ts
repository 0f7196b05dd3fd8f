// How a face is drawn, whatever draws it: a box, smooth lines along its parts, a disc per landmark, a number where there are
// several. Marks are drawn in their order.
import { poseInBox, toAffine, toRadians } from '../base/affine.ts';
import { facePartsOf } from '../base/face-parts.ts';
import type { Face, Point } from '../base/types.ts';
import { rounded, smooth, type Curve } from './curves.ts';
import { numeral } from './numerals.ts';

/** What is drawn of a face; without `roll` it stands upright. One that is followed has its `id` beside it. */
export type DrawnFace = Pick<Face, 'box' | 'landmarks'> & Partial<Pick<Face, 'roll'>> & { id?: number };

export type Colour = readonly [red: number, green: number, blue: number];

/** A shape of one colour; `opacity` is from 0 to 1. */
export type Mark = { colour: Colour; opacity: number } & (
  | { kind: 'stroke'; curves: readonly Curve[]; width: number }
  | { kind: 'disc'; centre: Point; radius: number }
);

/** What is drawn of a face. */
export interface Layers {
  boxes?: boolean;
  lines?: boolean;
  points?: boolean;
}

const WHITE: Colour = [255, 255, 255];
const SHADE: Colour = [0, 0, 0];
const SHADE_OPACITY = 0.4;
const BOX_OPACITY = 0.7;
const LINE_OPACITY = 0.85;

/** Landmark scores that count as unsure and as sure: those of good pictures have about 0.7, those of masks and hands 0.3. */
const UNSURE = 0.2;
const SURE = 0.7;
/** Opacity of an unsure landmark. */
const FADED = 0.45;
/** From unsure to sure, apart for the colour-blind too: orange over yellow to blue (ColorBrewer's RdYlBu, brighter). */
const SCALE: readonly Colour[] = [
  [255, 112, 32],
  [255, 222, 120],
  [70, 190, 255],
];

/** Line width in screen pixels, and in widths of the face where that is less. */
const MAX_LINE = 2;
const MIN_LINE = 0.2;
const LINE_OF_FACE = 1 / 130;
/** Radius of points in line widths. */
const POINT = 1.7;
const MAX_RIM = 0.75;

/** Height of a face's number in screen pixels, and at most in heights of the face. */
const NUMBER = 14;
const NUMBER_OF_FACE = 0.3;

/** What the face of that index is called among so many. */
export function numberOf({ id }: DrawnFace, index: number, count: number): number | undefined {
  return id ?? (count > 1 ? index + 1 : undefined);
}

/**
 * The marks of a face.
 *
 * @param number what the face is called among several
 * @param pixel a pixel of the screen in those of the face's coordinates: lines and points have their sizes on the screen,
 *   but are thin on small faces
 */
export function marksOf(
  face: DrawnFace,
  number: number | undefined,
  pixel: number,
  { boxes = true, lines = true, points = true }: Layers = {},
): Mark[] {
  const { box, landmarks } = face;
  const size = Math.min(box.width, box.height);
  const unit = Math.max(MIN_LINE * pixel, Math.min(MAX_LINE * pixel, size * LINE_OF_FACE));
  const rim = Math.min(MAX_RIM * pixel, 0.75 * unit);
  const stroke = (curves: Curve[], opacity: number, width = unit): Mark[] => [
    { kind: 'stroke', curves, width: width + 2 * rim, colour: SHADE, opacity: SHADE_OPACITY },
    { kind: 'stroke', curves, width, colour: WHITE, opacity },
  ];
  const marks: Mark[] = [];
  if (boxes) marks.push(...stroke([boxOutline(face)], BOX_OPACITY));
  if (lines) {
    const curves = contoursOf(landmarks);
    if (curves.length > 0) marks.push(...stroke(curves, LINE_OPACITY));
  }
  if (points) for (const landmark of landmarks) marks.push(...pointMarks(landmark, POINT * unit, rim));
  if (boxes && number !== undefined) {
    const height = Math.min(NUMBER * pixel, size * NUMBER_OF_FACE);
    const space = 0.4 * height;
    // Above the box, or in it at the picture's edge.
    const corner = box.y > height + space ? { x: box.x, y: box.y - space } : { x: box.x + space, y: box.y + height + space };
    marks.push(...stroke(numeral(number, corner, height), 1, height / 8));
  }
  return marks;
}

/** Smooth lines along the parts of a face; none where the scheme isn't known. */
export function contoursOf(landmarks: readonly Point[]): Curve[] {
  return facePartsOf(landmarks.length).map(({ points, closed }) => {
    const along = points.map((i) => landmarks[i]);
    return smooth(along, closed);
  });
}

/** The line around a face's box, turned with it. */
function boxOutline({ box, roll = 0 }: DrawnFace): Curve {
  const { a, b, c, d, e, f } = toAffine(poseInBox(box, toRadians(roll)));
  const corners = [
    { x: c, y: f },
    { x: c + a, y: f + d },
    { x: c + a + b, y: f + d + e },
    { x: c + b, y: f + e },
  ];
  return rounded(corners, Math.min(box.width, box.height) / 12);
}

/** A disc with a dark rim; the less sure the fainter. */
function pointMarks({ x, y, score }: Face['landmarks'][number], radius: number, rim: number): Mark[] {
  const sure = Math.max(0, Math.min(1, (score - UNSURE) / (SURE - UNSURE)));
  const opacity = FADED + (1 - FADED) * sure;
  return [
    { kind: 'disc', centre: { x, y }, radius: radius + rim, colour: SHADE, opacity: SHADE_OPACITY * opacity },
    { kind: 'disc', centre: { x, y }, radius, colour: colourAt(sure), opacity },
  ];
}

/** @param sure from 0 to 1 */
export function colourAt(sure: number): Colour {
  const at = sure * (SCALE.length - 1);
  const below = Math.min(SCALE.length - 2, Math.floor(at));
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(SCALE[below][channel] + (at - below) * (SCALE[below + 1][channel] - SCALE[below][channel]));
  return [mix(0), mix(1), mix(2)];
}
