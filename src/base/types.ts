/** A decoded picture: rows top to bottom, RGB or RGBA bytes interleaved (`data.length` is width * height * 3 or * 4). */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

/** A rectangle in pixels of the picture; `x`, `y` is its top left corner. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A detector's answer; `score` is the probability of a face, 0 to 1. */
export interface ScoredBox {
  box: Box;
  score: number;
}

/**
 * A landmark in pixels of the picture. `score` (0 to 1) is the score map's value at the arg-max cell, clamped: a proxy
 * for reliability, not a trained occlusion head.
 */
export interface Landmark {
  x: number;
  y: number;
  score: number;
}

export interface Face extends ScoredBox {
  landmarks: Landmark[];
}
