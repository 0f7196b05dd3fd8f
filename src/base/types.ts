/**
 * A decoded picture of `width` x `height` pixels: in `data` RGB or RGBA bytes interleaved, rows from top to bottom, so that
 * its length is width * height * 3 or * 4.
 */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

/** A rectangle in pixels of the picture: `width` x `height`, with `x`, `y` its top left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How a face lies in the picture: upright in `box`, which is then turned about its middle by `roll`, in radians, clockwise as the picture is seen. */
export interface Pose {
  box: Box;
  roll: number;
}

/** A place: `x`, `y` in pixels of the picture. */
export interface Point {
  x: number;
  y: number;
}

/** A detector's answer: `score` is the probability that there is a face in the `box`, 0 to 1. */
export interface ScoredBox {
  box: Box;
  score: number;
  /**
   * Where a detector that tells finds them: the person's right eye, left eye, tip of the nose, right and left corner of the
   * mouth. The right ones lie on the left of an upright face.
   */
  points?: Point[];
}

/**
 * A landmark: `x`, `y` in pixels of the picture. `score` (0 to 1) is the score map's value at the arg-max cell, clamped: a
 * proxy for reliability, not a trained occlusion head.
 */
export interface Landmark {
  x: number;
  y: number;
  score: number;
}

/** A face that was found, and its `landmarks` in the model's order. */
export interface Face extends ScoredBox {
  landmarks: Landmark[];
  /**
   * How far the face is turned in the plane of the picture, by its landmarks: degrees from -180 to 180, clockwise as the
   * picture is seen. 0 stands upright, 90 has its chin on the left.
   */
  roll: number;
}
