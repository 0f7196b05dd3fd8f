/** The page's end of worker.js: a promise per message. */
export class Model {
  #worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  #waiting = [];

  constructor() {
    this.#worker.onmessage = ({ data: { reply, error } }) => {
      const { resolve, reject } = this.#waiting.shift();
      if (error === undefined) resolve(reply);
      else reject(new Error(error));
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(event.message ?? 'its worker can’t be started; was the package built?'));
    };
  }

  /** @returns what is to be told of the model */
  load(threads, file) {
    return this.#ask({ command: 'load', threads, model: file });
  }

  /** Gives the frame away; the answer brings it back with its faces. */
  look(frame, live) {
    return this.#ask({ command: 'look', frame, live }, [frame]);
  }

  #ask(message, transfer = []) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(message, transfer);
    });
  }
}
