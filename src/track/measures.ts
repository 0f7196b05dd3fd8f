// How far eyes and mouth are open and where the eyes look: landmarks put back onto the head, so that neither the size of a
// face nor, as far as both sides are seen, how it is turned changes them.
import { read } from '../base/options.ts';
import { mean } from '../base/statistics.ts';
import type { Landmark, Point } from '../base/types.ts';
import { transform } from './fit-head.ts';
import { landmarkList, poseRule, type HeadPose } from './head-pose.ts';
import { MEAN_HEAD } from './mean-head.ts';
import { faceSchemeOf } from './schemes.ts';

/** What a face does. Left and right are the person's. */
export interface FaceMeasures {
  /** Mean gap between the lids of the `left` and the `right` eye, in widths of that eye: about 0.3 where it is open. */
  eyes: { left: number; right: number };
  /** `open`: mean gap between the lips; `width`: from corner to corner. In distances of the outer corners of the eyes, about 9 cm. */
  mouth: { open: number; width: number };
  /**
   * Where the pupils are, in widths of an eye from the middle between its corners: `x` to the right of an upright picture, `y`
   * down. With 98 landmarks only.
   */
  gaze?: { x: number; y: number };
}

/** Where a part of the face begins and ends: two of the mean head's points. */
type Corners = readonly [from: number, to: number];
const RIGHT_EYE: Corners = [36, 39];
const LEFT_EYE: Corners = [42, 45];
const MOUTH: Corners = [60, 64];

/** A line of sight that meets a part of the face at a smaller sine sees it from the side, and nothing of what it does. */
const EDGE_ON = 0.2;
/** Units of the head: no eye is less wide. */
const LEAST_WIDTH = 0.01;

/**
 * What a face does, by its landmarks.
 *
 * @param landmarks 68 or 98 in pixels, as `detect` gives them
 * @param pose what `headPose` says of them
 * @throws ArgumentError for other numbers of landmarks, or what is no pose
 */
export function faceMeasures(landmarks: readonly Landmark[], pose: Pick<HeadPose, 'matrix' | 'camera'>): FaceMeasures {
  const points = read(landmarks, 'landmarks', landmarkList);
  const given = read(pose, 'pose', poseRule);
  const { rightEye, leftEye, mouth, pupils } = faceSchemeOf(points.length);
  const onFace = (indices: readonly number[], corners: Corners) =>
    layOut(
      indices.map((i) => points[i]),
      corners,
      given,
    );
  const right = openingOf(onFace(rightEye, RIGHT_EYE));
  const left = openingOf(onFace(leftEye, LEFT_EYE));
  const lips = openingOf(onFace(mouth, MOUTH));
  const measures = { eyes: { left: left.gap / left.width, right: right.gap / right.width }, mouth: { open: lips.gap, width: lips.width } };
  if (!pupils) return measures;
  const looks = [lookOf(onFace([pupils[0]], RIGHT_EYE)[0], right), lookOf(onFace([pupils[1]], LEFT_EYE)[0], left)];
  return { ...measures, gaze: { x: mean(looks.map(({ x }) => x)), y: mean(looks.map(({ y }) => y)) } };
}

/** What is between the corners of an outline: its middle, its width, the mean gap between what is above and below. */
interface Opening {
  middle: Point;
  width: number;
  gap: number;
}

function openingOf(outline: readonly Point[]): Opening {
  const half = outline.length / 2;
  const [from, to] = [outline[0], outline[half]];
  return {
    middle: { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 },
    width: Math.max(Math.hypot(to.x - from.x, to.y - from.y), LEAST_WIDTH),
    gap: mean(Array.from({ length: half - 1 }, (_, i) => Math.abs(outline.at(-1 - i)!.y - outline[1 + i].y))),
  };
}

function lookOf(pupil: Point, { middle, width }: Opening): Point {
  return { x: (pupil.x - middle.x) / width, y: (pupil.y - middle.y) / width };
}

/**
 * Pixels brought along their lines of sight to the plane of a part of the face, which goes through its corners and is upright on
 * the head: there x runs from corner to corner, and y down, in units of the head.
 */
function layOut(pixels: readonly Point[], [from, to]: Corners, { matrix, camera }: Pick<HeadPose, 'matrix' | 'camera'>): Point[] {
  const [dx, dz] = [0, 2].map((axis) => MEAN_HEAD.points[3 * to + axis] - MEAN_HEAD.points[3 * from + axis]);
  const length = Math.hypot(dx, dz);
  const turned = (x: number, y: number, z: number) => [0, 4, 8].map((row) => matrix[row] * x + matrix[row + 1] * y + matrix[row + 2] * z);
  const [along, down, away] = [turned(dx / length, 0, dz / length), turned(0, 1, 0), turned(-dz / length, 0, dx / length)];
  const corner = transform(matrix, MEAN_HEAD.points, from);
  return pixels.map(({ x, y }) => {
    const ray = [(x - camera.x) / camera.focalLength, (y - camera.y) / camera.focalLength, 1];
    const far = dot(away, corner) / Math.max(dot(away, ray), EDGE_ON);
    const place = ray.map((value, axis) => far * value - corner[axis]);
    return { x: dot(along, place), y: dot(down, place) };
  });
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
