/** The driver's side of a contestant's process. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('contestant.js', import.meta.url));

/** A contestant that takes longer than this for one request has failed. */
const TIMEOUT_MS = 120_000;

/** How much of a failed process's last words is told. */
const LAST_WORDS = 300;

export class ContestantProcess {
  #child;
  #stderr = '';
  #waiting;

  /** Milliseconds from the process's start to its first result. */
  coldStart = NaN;

  /**
   * Starts a process and waits for its first result.
   *
   * @param {{ module: string, options?: object, flags?: string[] }} contestant
   * @param {object} input `{ folder }` of a case, or what the pipeline is given
   * @param {string} node path of the Node that runs it
   */
  static async start({ module, options, flags = [] }, input, node) {
    const started = new ContestantProcess();
    const child = fork(SCRIPT, [JSON.stringify({ module, options, input })], {
      execPath: node,
      execArgv: flags,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    started.#child = child;
    child.stderr.on('data', (text) => (started.#stderr = (started.#stderr + text).slice(-LAST_WORDS)));
    child.on('message', (message) => started.#waiting?.resolve(message));
    child.on('error', (error) => started.#waiting?.reject(error));
    child.on('exit', (code, signal) => started.#waiting?.reject(new Error(`ended with ${signal ?? code}: ${started.#stderr.trim()}`)));
    ({ coldStart: started.coldStart } = await started.#answer());
    return started;
  }

  async request(command, parameters = {}) {
    const answer = this.#answer();
    this.#child.send({ command, ...parameters });
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(error);
    return result;
  }

  stop() {
    this.#waiting = undefined;
    this.#child.kill('SIGKILL');
  }

  async #answer() {
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        timer = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
      });
    } catch (error) {
      this.stop();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
