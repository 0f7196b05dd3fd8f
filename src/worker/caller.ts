// Who asks a worker: every question gets its answer, or the reason why there is none.
import type { PipnetError } from '../base/errors.ts';
import { receiveError } from '../base/sent-error.ts';
import type { ThreadWorker } from '../engine/threads.ts';
import type { Question, Reply } from './answer.ts';

/** A worker that is asked; where it may hold a process open, it can be told whether to. */
export interface AskedWorker extends ThreadWorker {
  postMessage(message: unknown, transfer?: readonly object[]): void;
  ref?(): void;
  unref?(): void;
}

type Waiting = { resolve: (value: never) => void; reject: (error: Error) => void };

/** A worker whose script answers by `answering`. */
export class Caller {
  readonly #worker: AskedWorker;
  readonly #died: (reason: string, started: boolean) => PipnetError;
  readonly #waiting = new Map<number, Waiting>();
  #sent = 0;
  #started = false;
  #failure: Error | undefined;

  /**
   * @param died what is said of a worker that ended without being told to; one that never answered before was never `started`
   */
  constructor(worker: AskedWorker, died: (reason: string, started: boolean) => PipnetError) {
    this.#worker = worker;
    this.#died = died;
    worker.onmessage = ({ data }) => this.#receive(data as Reply);
    // A browser says nothing of why it refuses a script.
    worker.onerror = worker.onmessageerror = ({ message }) => this.end(died(message ?? 'no reason was given', this.#started));
    worker.unref?.();
  }

  /**
   * Asks, and waits for the answer; several questions may be under way.
   *
   * @param transfer what leaves this thread with the question
   * @throws whatever the worker did, or why there is no worker any more
   */
  ask<T>(question: unknown, transfer: readonly object[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      this.check();
      const id = this.#sent++;
      this.#worker.postMessage({ id, question } satisfies Question, transfer);
      this.#waiting.set(id, { resolve, reject });
      // Only a worker with work keeps the process alive.
      this.#worker.ref?.();
    });
  }

  /** Questions that wait for their answers. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @throws what `end` was given, or why the worker has died */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Ends the worker: who waits for an answer gets the error, and so does who asks later. */
  end(failure: Error): void {
    if (this.#failure) return;
    this.#failure = failure;
    this.#worker.onmessage = this.#worker.onerror = this.#worker.onmessageerror = null;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply?.id);
    if (!waiting) return this.end(this.#died('it is another script, which says what nobody has asked for', this.#started));
    this.#started = true;
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref?.();
    if (reply.error) waiting.reject(receiveError(reply.error));
    else waiting.resolve(reply.value as never);
  }
}
