/** The page's end of worker.js: a promise per message. */
export class Model {
  #worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  #waiting = [];
  #failure;

  constructor() {
    this.#worker.onmessage = ({ data: { reply, error } }) => {
      const { resolve, reject } = this.#waiting.shift();
      if (error === undefined) resolve(reply);
      else reject(new Error(error));
    };
    // Only a worker that can't be started gets here: what happens later is answered.
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failure = new Error(`The model’s worker can’t be started${event.message ? `: ${event.message}` : '; was the package built?'}`);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    };
  }

  /** @returns what is to be told of the model */
  load(threads, file) {
    return this.#ask({ command: 'load', threads, model: file });
  }

  /**
   * Gives the frame away; the answer brings it back with its faces.
   *
   * @param isLive whether speed counts more than the smallest faces
   * @param follows whether it is the video's next frame after the last one
   */
  look(frame, { isLive = false, follows = false } = {}) {
    return this.#ask({ command: 'look', frame, isLive, follows }, [frame]);
  }

  #ask(message, transfer = []) {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(message, transfer);
    });
  }
}
