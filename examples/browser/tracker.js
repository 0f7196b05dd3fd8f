// Follows faces through a video. The detector need not look at every frame: a face that was found is carried along by its
// own landmarks, and the detector looks again every REDETECT_FRAMES frames, when a face is lost, and while there is none.
//
// The network wants the kind of box that it was trained on, the detector's. So the tracking box is the box that the
// detector found, moved and scaled as the landmarks have moved and grown since then (their centre, and their mean
// distance from it). This holds for any landmark scheme, and as it always refers to the detector's box, nothing adds up.

/** Half a second of most cameras: how long a new face may wait. */
export const REDETECT_FRAMES = 15;

/**
 * A face is lost when the mean score of its landmarks falls below this. Measured with the shipped model: faces, masked and
 * blurred ones too, have 0.29 and more; places without a face 0.09 at most.
 */
const LEAST_SCORE = 0.2;

/** Pixels; smaller boxes have collapsed. */
const LEAST_SIDE = 16;

export class Tracker {
  #pipnet;
  #tracks = [];
  #age = 0;

  constructor(pipnet) {
    this.#pipnet = pipnet;
  }

  /** The next frame will be the first of another video. */
  forget() {
    this.#tracks = [];
  }

  /**
   * Faces of the next frame, and the milliseconds that detection (undefined if there was none) and landmarks took.
   *
   * @param pixels an ImageData
   * @param options of the detector
   * @param refine whether landmarks are read twice: for a picture that stays
   */
  async next(pixels, options, refine = false) {
    const detects = this.#tracks.length === 0 || this.#age >= REDETECT_FRAMES;
    const where = detects ? options : { boxes: this.#tracks.map(({ box }) => box) };
    let times;
    const found = await this.#pipnet.detect(pixels, { ...where, refine, onTimes: (taken) => (times = taken) });
    this.#age = detects ? 1 : this.#age + 1;
    const faces = found.map(({ box, score, landmarks, roll }, i) => {
      const shape = shapeOf(landmarks);
      // Straight from the detector, a face begins a track.
      const track = detects ? { score, origin: { box, shape } } : this.#tracks[i];
      return { score: track.score, landmarks, roll, origin: track.origin, box: carry(track.origin, shape) };
    });

    this.#tracks = faces.filter((face) => isFollowable(face, pixels));
    if (this.#tracks.length < faces.length) this.#age = REDETECT_FRAMES;
    return {
      // The detector's word counts on its own frames; between them a face that was lost is not shown.
      faces: (detects ? faces : this.#tracks).map(({ box, score, landmarks, roll }) => ({ box, score, landmarks, roll })),
      detectMs: detects ? times.detection : undefined,
      landmarksMs: times.landmarks,
    };
  }
}

/** Centre of the landmarks and their mean distance from it (root of the mean square). */
function shapeOf(landmarks) {
  const mean = (value) => landmarks.reduce((sum, landmark) => sum + value(landmark), 0) / landmarks.length;
  const x = mean((landmark) => landmark.x);
  const y = mean((landmark) => landmark.y);
  return { x, y, size: Math.sqrt(mean((landmark) => (landmark.x - x) ** 2 + (landmark.y - y) ** 2)) };
}

/** The box moved and scaled as one shape became the other. */
function carry({ box, shape }, now) {
  const scale = now.size / shape.size;
  return {
    x: now.x + (box.x - shape.x) * scale,
    y: now.y + (box.y - shape.y) * scale,
    width: box.width * scale,
    height: box.height * scale,
  };
}

function isFollowable({ box, landmarks }, { width, height }) {
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const score = landmarks.reduce((sum, landmark) => sum + landmark.score, 0) / landmarks.length;
  return score >= LEAST_SCORE && Math.min(box.width, box.height) >= LEAST_SIDE && x >= 0 && y >= 0 && x < width && y < height;
}
