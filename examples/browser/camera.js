/** Why a camera can't be had, in words for whoever sits before it. */
const REASONS = {
  NotFoundError: 'No camera was found. Connect one, or choose a picture.',
  OverconstrainedError: 'That camera is gone. Choose another one.',
  NotAllowedError: 'The camera is blocked. Allow it in the browser’s settings for this page, then try again.',
  NotReadableError: 'The camera can’t be read. Another program may be using it.',
};

/**
 * Shows a camera's frames to `look`, one at a time. The newest frame wins: those that arrive while `look` is busy are
 * never looked at, so that nothing queues up and the picture stays in the present.
 */
export class Camera {
  #video;
  #stream;
  #frames;

  /** @param video the element that plays the stream; not to be seen, but on the page, where every browser plays it */
  constructor(video) {
    this.#video = video;
  }

  get isOpen() {
    return this.#stream !== undefined;
  }

  /** @throws Error whose message is fit to be shown */
  async open(deviceId) {
    this.close();
    if (!navigator.mediaDevices) throw new Error('This page has no access to cameras: it needs https, or localhost.');
    const choice = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: 'user' };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { ...choice, width: { ideal: 1280 }, height: { ideal: 720 } } });
      this.#video.srcObject = this.#stream;
      await this.#video.play();
    } catch (error) {
      this.close();
      throw new Error(REASONS[error.name] ?? `The camera can’t be opened: ${error.message}`);
    }
  }

  close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    this.#frames?.stop();
    this.#video.srcObject = null;
  }

  /** Whoever looks at their own face expects a mirror. */
  get isMirror() {
    return this.#track.getSettings().facingMode !== 'environment';
  }

  get deviceId() {
    return this.#track.getSettings().deviceId;
  }

  get #track() {
    return this.#stream.getVideoTracks()[0];
  }

  /**
   * Runs until the camera is closed.
   *
   * @param look is given a frame of its own
   * @throws Error if the camera stops by itself
   */
  async watch(look) {
    const stream = this.#stream;
    const ended = new Promise((_, reject) => {
      this.#track.onended = () => reject(new Error('The camera has stopped.'));
    });
    const frames = (this.#frames = new NewestFrame(this.#video));
    while (this.#stream === stream) {
      await Promise.race([frames.next(), ended]);
      if (this.#stream === stream) await look(await grab(this.#video));
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
