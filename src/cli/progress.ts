// Lines on standard output, with a progress bar below them where a person watches several pictures go by.
import type { SingleBar } from 'cli-progress';

/** Prints results; the bar is on standard error, and only if that is a terminal and there are several pictures. */
export class Progress {
  #bar: SingleBar | undefined;
  #total: number;
  #done = 0;

  private constructor(total: number, bar?: SingleBar) {
    this.#total = total;
    this.#bar = bar;
    bar?.start(total, 0);
  }

  static async start(total: number): Promise<Progress> {
    if (total < 2 || !process.stderr.isTTY) return new Progress(total);
    const { SingleBar } = await import('cli-progress');
    const format = '{bar} {value}/{total} pictures';
    // Its own handling of Ctrl-C would only stop the bar and go on.
    return new Progress(
      total,
      new SingleBar({ stream: process.stderr, format, clearOnComplete: true, gracefulExit: false, linewrap: true }),
    );
  }

  /** Prints what one picture gave, above the bar. */
  print(lines: string[], stream: NodeJS.WriteStream): void {
    this.#done++;
    // The bar restores the cursor to where it was started, so it is started anew below the lines.
    this.#bar?.stop();
    for (const line of lines) stream.write(`${line}\n`);
    this.#bar?.start(this.#total, this.#done);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
