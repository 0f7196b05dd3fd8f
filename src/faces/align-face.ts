// Faces cut out so that all lie alike, as recognition networks, generators and albums take them: a square that lies on the
// face as a template says. Crops that our own networks see are crop.ts's.
import { poseInFrame, toAffine, turnPoints, type Affine } from '../base/affine.ts';
import { landmarkBox } from '../base/crop-rules.ts';
import { ArgumentError } from '../base/errors.ts';
import { fivePointsOf } from '../base/face-parts.ts';
import { landmark, listOf, number, objectOf, oneOf, point, read, readOptions, wholeNumber, type Table } from '../base/options.ts';
import { bytesPerPixel, readPixels } from '../base/pixels.ts';
import type { Face, Landmark, Pixels, Point, Pose } from '../base/types.ts';
import { shrink } from '../image/shrink.ts';
import { ARCFACE_SIZE, FIVE_POINTS, leastSquares } from './align.ts';

/** The names of all templates. */
export const ALIGN_TEMPLATES = ['arcface', 'ffhq', 'eyes'] as const;
/** How aligned faces lie: see `AlignOptions`. */
export type AlignTemplate = 'arcface' | 'ffhq' | 'eyes';

/** What `alignFace` takes. */
export interface AlignOptions {
  /**
   * - `arcface`: eyes, nose and corners of the mouth on the places that face recognition is trained with (InsightFace's), by
   *   least squares. Default.
   * - `ffhq`: the whole head, as pictures for generators are cut (Karras et al. 2019): by eyes and mouth.
   * - `eyes`: the eyes level, all landmarks within a `margin`.
   */
  template?: AlignTemplate | undefined;
  /** Side of the picture that is made, in pixels, 1 to 4096. Default 112 for `arcface`, 256 for others. */
  size?: number | undefined;
  /** With `eyes`: what is added on each side of the landmarks' box, in its longer side, 0 to 4. Default 0.25. */
  margin?: number | undefined;
}

/** What of a face `alignFace` goes by: its `landmarks`, of 68 or 98; of any other number its five `points`. */
export type AlignableFace = Pick<Face, 'landmarks' | 'points'>;

/** An aligned face: a square picture in RGBA, and the face's `landmarks` in pixels of it. */
export interface AlignedFace extends Pixels {
  landmarks: Landmark[];
}

/** Largest side of an aligned face. */
export const MAX_ALIGNED_SIZE = 4096;
const DEFAULT_MARGIN = 0.25;
const OPTIONS: Table<AlignOptions> = {
  template: oneOf(...ALIGN_TEMPLATES),
  size: wholeNumber(1, MAX_ALIGNED_SIZE),
  margin: number(0, 4),
};
const alignable = objectOf<AlignableFace>({ landmarks: listOf(landmark, 'landmarks'), points: listOf(point, 'points') }, ['landmarks']);

const DEFAULT_SIZE: Record<AlignTemplate, number> = { arcface: ARCFACE_SIZE, ffhq: 256, eyes: 256 };

/** Sides of a face in pixels of the picture: none, or more than any picture has, is no face's. */
const LEAST_SIDE = 1e-3;
const MOST_SIDE = 1e6;

/**
 * Cuts a face out of its picture, turned, scaled and shifted so that it lies as the template says. Where the face becomes
 * smaller pixels are averaged; what lies outside of the picture is black.
 *
 * @param pixels RGB or RGBA; left as it is
 * @param face in pixels of the picture, such as one of `detect`
 * @throws ImageError if the pixels are none
 * @throws ArgumentError if the face is none, it isn't known where its eyes are, all its points are in one place, or an option
 *   is unknown or out of range
 */
export function alignFace(pixels: Pixels, face: AlignableFace, options: AlignOptions = {}): AlignedFace {
  const picture = readPixels(pixels);
  const { landmarks, points } = read(face, 'face', alignable);
  const { template = 'arcface', margin, ...given } = readOptions(options, OPTIONS, 'alignFace');
  const { size = DEFAULT_SIZE[template] } = given;
  if (margin !== undefined && template !== 'eyes')
    throw new ArgumentError(`margin ${margin} is for template eyes: ${template} has its own`);
  const five = fivePointsOf(landmarks) ?? points;
  if (five?.length !== 5) {
    throw new ArgumentError(
      `face has ${landmarks.length} landmarks, and it isn't known which of them are eyes, nose and mouth: give its five points`,
    );
  }
  const flat = five.flatMap(coordinates);
  const pose = TEMPLATES[template](flat, landmarks, margin ?? DEFAULT_MARGIN);
  const { x, y, width } = pose.box;
  const spread = Math.max(landmarkBox(flat).width, landmarkBox(flat).height);
  if (!(Math.min(width, spread) > LEAST_SIDE && Math.max(width, Math.abs(x), Math.abs(y)) < MOST_SIDE))
    throw new ArgumentError(`face can't be aligned: its points lie in one place, or nowhere near a picture`);
  const affine = toAffine(pose);
  return {
    data: sample(picture, affine, size),
    width: size,
    height: size,
    landmarks: landmarks.map((point) => toCrop(point, affine, size)),
  };
}

/** Where each template has the square, from the five points x y x y ... and all landmarks. */
const TEMPLATES: Record<AlignTemplate, (five: number[], landmarks: readonly Point[], margin: number) => Pose> = {
  arcface(five) {
    // Onto the template, as InsightFace fits it (Umeyama 1991), and back.
    const { cos, sin, shiftX, shiftY } = leastSquares(five, FIVE_POINTS);
    const square = cos * cos + sin * sin;
    const middle = (ARCFACE_SIZE - 1) / 2;
    const [x, y] = [(middle - shiftX) / square, (middle - shiftY) / square];
    return squareAbout(cos * x + sin * y, cos * y - sin * x, ARCFACE_SIZE / Math.sqrt(square), -Math.atan2(sin, cos));
  },
  // The rule of FFHQ's own script.
  ffhq([rightX, rightY, leftX, leftY, , , mouthRightX, mouthRightY, mouthLeftX, mouthLeftY]) {
    const [eyesX, eyesY] = [(rightX + leftX) / 2, (rightY + leftY) / 2];
    const [acrossX, acrossY] = [leftX - rightX, leftY - rightY];
    const [downX, downY] = [(mouthRightX + mouthLeftX) / 2 - eyesX, (mouthRightY + mouthLeftY) / 2 - eyesY];
    const side = Math.max(4 * Math.hypot(acrossX, acrossY), 3.6 * Math.hypot(downX, downY));
    return squareAbout(eyesX + 0.1 * downX, eyesY + 0.1 * downY, side, Math.atan2(acrossY - downX, acrossX + downY));
  },
  eyes([rightX, rightY, leftX, leftY], landmarks, margin) {
    const roll = Math.atan2(leftY - rightY, leftX - rightX);
    const { x, y, width, height } = landmarkBox(turnPoints(landmarks.flatMap(coordinates), -roll));
    const side = Math.max(width, height) * (1 + 2 * margin);
    return poseInFrame({ x: x + (width - side) / 2, y: y + (height - side) / 2, width: side, height: side }, roll);
  },
};

const coordinates = ({ x, y }: Point): number[] => [x, y];

function squareAbout(x: number, y: number, side: number, roll: number): Pose {
  return { box: { x: x - side / 2, y: y - side / 2, width: side, height: side }, roll };
}

/** A landmark in pixels of the crop; as in the picture, whole numbers are pixels' centres. */
function toCrop({ x, y, score }: Landmark, { a, c, d, f }: Affine, size: number): Landmark {
  const [right, down] = [x - c, y - f];
  const scale = size / (a * a + d * d);
  return { x: scale * (a * right + d * down) - 0.5, y: scale * (a * down - d * right) - 0.5, score };
}

/**
 * The square of a similarity as `size` x `size` pixels RGBA, interpolated between four. Where these are two pixels of the
 * picture apart or more, they read means of as many.
 */
function sample(picture: Pixels, { a, b, c, d, e, f }: Affine, size: number): Uint8Array {
  const ratio = Math.max(1, Math.floor(Math.hypot(a, d) / size));
  const left = Math.floor(c + Math.min(0, a) + Math.min(0, b)) - ratio;
  const top = Math.floor(f + Math.min(0, d) + Math.min(0, e)) - ratio;
  const columns = Math.ceil((Math.abs(a) + Math.abs(b)) / ratio) + 3;
  const rows = Math.ceil((Math.abs(d) + Math.abs(e)) / ratio) + 3;
  const { data, width, height } = ratio === 1 ? picture : shrink(picture, { left, top, columns, rows, ratio });
  const [originX, originY] = ratio === 1 ? [0, 0] : [left, top];
  const channels = bytesPerPixel({ data, width, height });
  const out = new Uint8Array(size * size * 4).fill(255);
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      const s = (u + 0.5) / size;
      const t = (v + 0.5) / size;
      const x = (c + a * s + b * t + 0.5 - originX) / ratio - 0.5;
      const y = (f + d * s + e * t + 0.5 - originY) / ratio - 0.5;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let j = Math.floor(y); j <= y + 1; j++) {
        for (let i = Math.floor(x); i <= x + 1; i++) {
          if (i < 0 || j < 0 || i >= width || j >= height) continue;
          const share = (1 - Math.abs(x - i)) * (1 - Math.abs(y - j));
          const at = (j * width + i) * channels;
          red += share * data[at];
          green += share * data[at + 1];
          blue += share * data[at + 2];
        }
      }
      const to = (v * size + u) * 4;
      out[to] = Math.round(red);
      out[to + 1] = Math.round(green);
      out[to + 2] = Math.round(blue);
    }
  }
  return out;
}
