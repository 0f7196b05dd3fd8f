// The model that runs, in a worker of the package: the page stays smooth while it computes.
import { inTurn } from '../../dist/base/in-turn.js';
import { SHIPPED_FILES } from '../../dist/base/models.js';
import { createTracker, faceMeasures, headPose, loadPipnet } from '../../dist/runtimes/browser/index.js';
import { download } from './download.js';

const WORKER = new URL('./worker.js', import.meta.url);

/** Schemes that headPose knows. */
const KNOWN = [68, 98];

export class Model {
  #pipnet;
  #tracker;
  /** What runs. */
  #source;
  #threads;
  /** A model is let go only when it has answered. */
  #inTurn = inTurn();

  get info() {
    return this.#pipnet.info();
  }

  /** In units of its box. */
  get meanFace() {
    const { meanFace } = this.#pipnet.model;
    return Array.from({ length: meanFace.length / 2 }, (_, i) => ({ x: meanFace[2 * i], y: meanFace[2 * i + 1] }));
  }

  /** Whether `use` would have nothing to do. */
  runs(source, threads) {
    return source === this.#source && threads === this.#threads;
  }

  /**
   * Loads a model, unless it runs already. If it is no good, the one before it runs on.
   *
   * @param source the name of one that comes with the package, or a File
   * @param onProgress told the share that has come, 0 to 1
   */
  use(source, threads, onProgress) {
    return this.#inTurn(async () => {
      if (this.runs(source, threads)) return;
      const bytes = source instanceof File ? await source.arrayBuffer() : await download(urlOf(source), onProgress);
      const pipnet = await loadPipnet({ model: bytes, threads, worker: WORKER });
      this.#pipnet?.dispose();
      this.#pipnet = pipnet;
      this.#tracker = createTracker(pipnet);
      this.#source = source;
      this.#threads = threads;
    });
  }

  /** The faces of a picture, and the milliseconds that detection and landmarks took. */
  look(picture) {
    return this.#inTurn(async () => {
      let times;
      const found = await this.#pipnet.detect(picture, { onTimes: (taken) => (times = taken) });
      return { faces: found.map((face) => withPose(face, picture)), times };
    });
  }

  /** The faces of a video's next frame, and the milliseconds that they took. */
  follow(frame) {
    return this.#inTurn(async () => {
      const start = performance.now();
      const faces = await this.#tracker.next(frame, start);
      return { faces, times: { frame: performance.now() - start } };
    });
  }

  /** The next frame will be the first of another video. */
  forget() {
    return this.#inTurn(async () => this.#tracker.reset());
  }
}

/** Where a model is that comes with the package. */
export const urlOf = (name) => new URL(`../../weights/${SHIPPED_FILES[name]}.safetensors`, import.meta.url);

/** A face as trackers give it: with its pose and measures, if its scheme is known. */
function withPose(face, picture) {
  if (!KNOWN.includes(face.landmarks.length)) return face;
  const pose = headPose(face.landmarks, picture);
  return { ...face, pose, measures: faceMeasures(face.landmarks, pose) };
}
