// Threads that each hold a model, so that the one that answers requests never waits for a picture.
import { Worker } from 'node:worker_threads';
import { Refused } from './refused.js';

export class Pool {
  #options;
  #threads = new Set();
  #idle = [];
  #waiting = [];

  /**
   * @param threads pictures at once
   * @param maxPixels of a picture; it takes 4 bytes each, and up to 28 while a JPEG is decoded
   * @param limitMs how long a picture may take, waiting not counted
   * @returns a pool whose models are loaded
   */
  static async start({ threads, ...options }) {
    const pool = new Pool();
    pool.#options = options;
    await Promise.all(Array.from({ length: threads }, () => pool.#startThread()));
    return pool;
  }

  /** Pictures that are being looked at, and that wait for it. */
  get load() {
    return { running: this.#threads.size - this.#idle.length, waiting: this.#waiting.length };
  }

  /**
   * Faces of a picture, when its turn has come.
   *
   * @param file bytes, which are given away
   * @param signal what takes it back; once a thread has begun, only the answer is dropped
   * @returns width, height, faces
   * @throws Refused for a picture that can't be read
   */
  async find(file, signal) {
    const thread = this.#idle.pop() ?? (await this.#turn(signal));
    try {
      return await this.#ask(thread, file);
    } finally {
      if (this.#threads.has(thread)) this.#release(thread);
    }
  }

  async close() {
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #turn(signal) {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal.reason);
      };
      const begin = (thread) => {
        signal.removeEventListener('abort', leave);
        resolve(thread);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(begin);
    });
  }

  #release(thread) {
    const next = this.#waiting.shift();
    if (next) next(thread);
    else this.#idle.push(thread);
  }

  async #ask(thread, file) {
    const { limitMs } = this.#options;
    const timer = setTimeout(() => {
      this.#replace(thread, new Refused(422, 'TooSlow', `the picture takes more than ${limitMs / 1000} s`));
    }, limitMs);
    try {
      const answer = new Promise((resolve, reject) => Object.assign(thread, { resolve, reject }));
      thread.postMessage(file, [file.buffer]);
      const { result, refusal } = await answer;
      if (refusal) throw new Refused(422, refusal.name, refusal.message);
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns when the model is loaded */
  async #startThread() {
    const thread = new Worker(new URL('worker.js', import.meta.url), { workerData: { maxPixels: this.#options.maxPixels } });
    this.#threads.add(thread);
    await new Promise((resolve, reject) => {
      Object.assign(thread, { resolve, reject });
      thread.on('message', (message) => thread.resolve(message));
      thread.on('error', (error) => this.#replace(thread, error));
    });
    this.#release(thread);
  }

  /** A thread that failed, or is stopped, ends its picture; another takes its place. */
  #replace(thread, error) {
    if (!this.#threads.delete(thread)) return;
    thread.reject(error);
    thread.terminate();
    this.#startThread().catch((reason) => console.error(reason));
  }
}
