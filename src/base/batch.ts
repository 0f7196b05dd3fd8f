/** What a training step takes in: pictures and landmarks, batch by batch. How they are made is the source's affair. */

/** `n` faces, cropped and resized as a network sees them. */
export interface Batch {
  /** [n, size, size, 3]: NHWC, RGB, normalised: (value / 255 - mean) / std. */
  images: Float32Array;
  /** [n, 2 * landmarks]: x y x y ..., in units of the crop; landmarks outside of the crop are below 0 or above 1. */
  points: Float32Array;
  /** [n]: which samples these are, from 0 to `samples` - 1. */
  indices: Int32Array;
}

/** Where batches come from. An epoch always gives the same batches, whichever came before. */
export interface Batches<Taken> {
  /** Batches an epoch. */
  readonly batches: number;
  /**
   * The batches of an epoch, counted from 0. Epochs don't overlap: end one (or break out of it) before the next.
   *
   * @param size side of the pictures in pixels, not above the source's, which is the default
   */
  epoch(epoch: number, size?: number): AsyncIterable<Taken>;
  /** Ends the threads behind the source; it gives no more batches. */
  dispose(): Promise<void>;
}

/** Batches of faces with landmarks. */
export interface BatchSource extends Batches<Batch> {
  /** Landmarks of each face. */
  readonly landmarks: number;
  /** Different faces. */
  readonly samples: number;
}
