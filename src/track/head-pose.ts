// Where a face looks: the mean head's pose before an assumed camera, as angles and as a matrix for what is drawn onto it.
import { toDegrees } from '../base/affine.ts';
import { landmarkBox } from '../base/crop-rules.ts';
import { ArgumentError } from '../base/errors.ts';
import { finite, landmark, listOf, number, objectOf, read, readOptions, rule, wholeNumber, type Table } from '../base/options.ts';
import type { Box, Landmark, Pixels } from '../base/types.ts';
import { fitHead, type Camera } from './fit-head.ts';
import { MEAN_HEAD } from './mean-head.ts';
import { faceSchemeOf } from './schemes.ts';

/**
 * Where a head is and looks. A face that looks straight along the camera's axis has angles of 0. The angles are applied as
 * matrix = roll (about z) x yaw (about y) x pitch (about x), so that turning the picture changes `roll` alone.
 */
export interface HeadPose {
  /** Degrees, -90 to 90: how far to the right of the picture the face looks. */
  yaw: number;
  /** Degrees, -180 to 180: how far up. */
  pitch: number;
  /** Degrees, -180 to 180, clockwise as the picture is seen. */
  roll: number;
  /**
   * [3, 4], row by row: takes points of the head into the camera's frame, in which x points to the right of the picture, y
   * down and z away from the camera. The head's frame lies between the outer corners of the eyes, with the same axes where the
   * angles are 0: the tip of the nose is at about (0, 0.4, -0.5). Its unit is the distance of these corners, about 9 cm.
   */
  matrix: number[];
  /** What was taken for the camera. */
  camera: Camera;
}

/** What `headPose` takes. */
export interface HeadPoseOptions {
  /**
   * The camera's, in pixels. Default 1.2 times the longer side of the picture (45 degrees from edge to edge), between a
   * webcam's 0.8 and a portrait's 2: distances are in proportion to it, angles depend on it little.
   */
  focalLength?: number | undefined;
  /** The pose of the same face in the frame before: where the search begins. */
  from?: Pick<HeadPose, 'matrix'> | undefined;
}

const FOCAL_LENGTH = 1.2;
const MAX_LANDMARKS = 1000;
/** Pixels: the longer side of the least face, and what is beyond any picture. */
const LEAST_SIDE = 1e-3;
const FAR = 1e7;

/** Landmarks of a face. */
export const landmarkList = listOf(landmark, 'landmarks', MAX_LANDMARKS);
const matrix = rule<number[]>(
  'the matrix of a head before the camera',
  (value) => Array.isArray(value) && value.length === 12 && value.every(Number.isFinite) && value[11] > 0,
);
const focalLength = number(1, 1e9);
const camera = objectOf<Camera>({ focalLength, x: finite, y: finite }, ['focalLength', 'x', 'y']);
/** What `headPose` gave. */
export const poseRule = objectOf<Pick<HeadPose, 'matrix' | 'camera'>>({ matrix, camera }, ['matrix', 'camera']);

const side = wholeNumber(1, Infinity);
const pictureSize = objectOf<Pick<Pixels, 'width' | 'height'>>({ width: side, height: side }, ['width', 'height']);
const OPTIONS: Table<HeadPoseOptions> = { focalLength, from: objectOf<Pick<HeadPose, 'matrix'>>({ matrix }, ['matrix']) };

/**
 * Where a face looks, by its landmarks.
 *
 * @param landmarks 68 or 98 in pixels, as `detect` gives them; unsure ones count less, and a few may be wrong
 * @param picture the one that they were found in: its middle is where the camera pointed
 * @throws ArgumentError for other numbers of landmarks, for landmarks that are all in one place, or for an option
 */
export function headPose(
  landmarks: readonly Landmark[],
  picture: Pick<Pixels, 'width' | 'height'>,
  options: HeadPoseOptions = {},
): HeadPose {
  const points = read(landmarks, 'landmarks', landmarkList);
  const { width, height } = read(picture, 'picture', pictureSize);
  const { focalLength = FOCAL_LENGTH * Math.max(width, height), from } = readOptions(options, OPTIONS, 'headPose');
  const shown = faceSchemeOf(points.length).head.map((i) => points[i]);
  const camera = { focalLength, x: width / 2, y: height / 2 };
  const places = shown.flatMap(({ x, y }) => [x, y]);
  if (!isSeen(landmarkBox(places)))
    throw new ArgumentError('landmarks are all in one place, or outside of any picture: give those of a face');
  const scores = shown.map(({ score }) => score);
  const fit = fitHead(MEAN_HEAD, places, scores, camera, from?.matrix);
  return { ...anglesOf(fit), matrix: [...fit], camera };
}

/** Whether a face has the size and place of one in a picture. */
function isSeen({ x, y, width, height }: Box): boolean {
  return Math.max(width, height) >= LEAST_SIDE && Math.max(...[x, y, x + width, y + height].map(Math.abs)) <= FAR;
}

/** The angles of a matrix whose rotation is roll x yaw x pitch. */
function anglesOf(matrix: ArrayLike<number>): Pick<HeadPose, 'yaw' | 'pitch' | 'roll'> {
  return {
    yaw: toDegrees(Math.atan2(matrix[8], Math.hypot(matrix[0], matrix[4]))),
    pitch: toDegrees(Math.atan2(-matrix[9], matrix[10])),
    roll: toDegrees(Math.atan2(matrix[4], matrix[0])),
  };
}
