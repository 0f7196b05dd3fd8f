/**
 * Plays a camera's stream or a video file, and has its frames looked at, one at a time. The newest frame wins: those that
 * arrive while `look` is busy are never looked at, so that nothing queues up and the picture stays in the present.
 */
export class Player {
  #video;
  #source;
  #frames;
  #url;

  /** @param video the element that plays; not to be seen, but on the page, where every browser plays it */
  constructor(video) {
    this.#video = video;
  }

  /** What is open, or undefined. */
  get source() {
    return this.#source;
  }

  get isPaused() {
    return this.#video.paused;
  }

  /**
   * Nothing is thrown if another source is opened before this one plays: ask for `source`.
   *
   * @param source a MediaStream, or a File, which begins again when it has ended
   * @throws Error of the element if it can't be played
   */
  async open(source) {
    this.close();
    this.#source = source;
    if (source instanceof MediaStream) this.#video.srcObject = source;
    else this.#video.src = this.#url = URL.createObjectURL(source);
    this.#frames = new NewestFrame(this.#video);
    try {
      await this.#video.play();
    } catch (error) {
      if (this.#source !== source) return;
      this.close();
      throw error;
    }
  }

  close() {
    this.#frames?.stop();
    this.#source = this.#frames = undefined;
    this.#video.srcObject?.getTracks().forEach((track) => track.stop());
    this.#video.srcObject = null;
    this.#video.removeAttribute('src');
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = undefined;
  }

  /** @returns whether it is paused now */
  async pauseOrPlay() {
    if (this.isPaused) await this.#video.play();
    else this.#video.pause();
    return this.isPaused;
  }

  /**
   * Runs until another source is opened, or none.
   *
   * @param look is given a frame, and gives what is found in it
   * @param show is given both, the frame until it is called again or the source is closed
   */
  async watch(look, show) {
    const frames = this.#frames;
    let shown;
    try {
      while (this.#frames === frames) {
        await frames.next();
        if (this.#frames !== frames) return;
        const frame = await grab(this.#video);
        const answer = await look(frame);
        if (this.#frames === frames) show(frame, answer);
        shown?.close();
        shown = frame;
      }
    } finally {
      shown?.close();
    }
  }
}

/** Tells of frames that a video presents; of several since it was last asked, it tells once. */
class NewestFrame {
  #video;
  #request;
  #isFresh = false;
  #wake = () => {};

  constructor(video) {
    this.#video = video;
    this.#listen();
  }

  async next() {
    if (!this.#isFresh) await new Promise((resolve) => (this.#wake = resolve));
    this.#isFresh = false;
  }

  stop() {
    this.#video.cancelVideoFrameCallback(this.#request);
    this.#wake();
  }

  #listen() {
    this.#request = this.#video.requestVideoFrameCallback(() => {
      this.#isFresh = true;
      this.#wake();
      this.#listen();
    });
  }
}

/** The frame that a video shows now; a `VideoFrame`, where there is one, is no copy. */
function grab(video) {
  return 'VideoFrame' in globalThis ? new VideoFrame(video) : createImageBitmap(video);
}
