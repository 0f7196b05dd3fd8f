// What the numbers of a detection map's cell mean: the same for inference and for training.

/** A map's unit of length in strides: a face of average size for its map is about one unit wide. */
const UNIT = 4;

/** Where a cell's numbers begin: logit of the score, centre, logarithms of width and height, five points. */
export const LOGIT = 0;
export const CENTRE = 1;
export const SIZE = 3;
export const POINTS = 5;

/** Points of a face. */
export const FACE_POINTS = 5;

/** Pixels that a cell's number 1 stands for. */
export function unitOf(stride: number): number {
  return UNIT * stride;
}

/** The centre of a cell along either axis, in pixels counted from the picture's corner. */
export function cellCentre(index: number, stride: number): number {
  return (index + 0.5) * stride;
}
