// Threads that each look at a picture at a time, and who gives them their next one.
import { Worker } from 'node:worker_threads';
import type { PipnetInfo } from '../api.ts';
import { PipnetError } from '../base/errors.ts';
import { browserLike } from '../runtimes/node/browser-like.ts';
import { Caller } from '../worker/caller.ts';
import type { Finder, FindOptions, PictureJob } from './detect-one.ts';
import type { PictureResult } from './report.ts';

export class Jobs implements Finder {
  readonly #options: FindOptions;
  #info: PipnetInfo | undefined;
  readonly #threads = new Set<Caller>();
  readonly #idle: Caller[] = [];
  readonly #turns: ((thread: Caller) => void)[] = [];

  /**
   * Starts threads, and waits until they have loaded the models.
   *
   * @throws as `loadPipnet`
   */
  static async start(count: number, options: FindOptions): Promise<Jobs> {
    const jobs = new Jobs(options);
    try {
      const loads = Array.from({ length: count }, () => {
        const { thread, loaded } = jobs.#begin();
        jobs.#idle.push(thread);
        return loaded;
      });
      [jobs.#info] = await Promise.all(loads);
      return jobs;
    } catch (error) {
      jobs.dispose();
      throw error;
    }
  }

  private constructor(options: FindOptions) {
    this.#options = options;
  }

  /**
   * What is found in a picture, when its turn has come.
   *
   * @throws PipnetError as `detectOne`, and if the thread dies of the picture: another one takes its place
   */
  async find(job: PictureJob): Promise<PictureResult> {
    let thread = this.#idle.pop() ?? (await new Promise<Caller>((turn) => this.#turns.push(turn)));
    if (!this.#threads.has(thread)) ({ thread } = this.#begin());
    try {
      return await thread.ask(job);
    } finally {
      const turn = this.#turns.shift();
      if (turn) turn(thread);
      else this.#idle.push(thread);
    }
  }

  info(): PipnetInfo {
    return this.#info!;
  }

  dispose(): void {
    for (const thread of this.#threads) thread.end(new PipnetError('the jobs have ended'));
  }

  #begin(): { thread: Caller; loaded: Promise<PipnetInfo> } {
    const worker = browserLike(new Worker(new URL('./detect-worker.js', import.meta.url)));
    const thread: Caller = new Caller(worker, (reason) => {
      this.#threads.delete(thread);
      return new PipnetError(`the job that looked at it has died (${reason}): if memory is short, use fewer jobs`);
    });
    this.#threads.add(thread);
    const loaded = thread.ask<PipnetInfo>({ load: this.#options });
    // Pictures that are asked for meanwhile fail as it does.
    loaded.catch(() => {});
    return { thread, loaded };
  }
}

/** What is made of each item, begun `count` at a time, in the items' order. */
export function* inOrder<Item, Result>(
  items: readonly Item[],
  count: number,
  begin: (item: Item) => Promise<Result>,
): Generator<[Item, Promise<Result>]> {
  const begun: Promise<Result>[] = [];
  let next = 0;
  for (const item of items) {
    while (begun.length < count && next < items.length) {
      const result = begin(items[next++]);
      // Who fails waits for its turn.
      result.catch(() => {});
      begun.push(result);
    }
    yield [item, begun.shift()!];
  }
}
