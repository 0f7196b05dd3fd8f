// How far it is, on standard error where a person watches: a bar of cli-progress, which isn't installed with the package, or a line.
import { createRequire } from 'node:module';
import { clock, ProgressLine, type Bar } from './progress-line.ts';

const loadBars = () => createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');

/** A bar, or a mere line where the total isn't known or there are no bars; `values` are the first of those that its format names besides its own. */
export function startBar(format: string, total: number | undefined, values: object = {}, done = 0): Bar | undefined {
  if (!process.stderr.isTTY) return undefined;
  const bar = makeBar(format, total);
  bar.start(total ?? 0, done, values);
  return bar;
}

function makeBar(format: string, total: number | undefined): Bar {
  let bars: ReturnType<typeof loadBars>;
  try {
    bars = loadBars();
  } catch {
    return new ProgressLine(process.stderr, format);
  }
  return new bars.SingleBar({
    stream: process.stderr,
    format: total === undefined ? format : `{bar} ${format}`,
    clearOnComplete: true,
    // Ctrl-C ends the program: the bar's own handling would only stop the bar, and lines that it keeps unwrapped would stay so.
    gracefulExit: false,
    linewrap: true,
  });
}

/** Prints results, above a bar where there are several pictures or frames. */
export class Progress {
  readonly #bar: Bar | undefined;
  readonly #total: number | undefined;
  readonly #first: number;
  readonly #start = performance.now();
  #done: number;

  /**
   * @param total undefined: nobody knows
   * @param done pictures that an earlier run has done
   */
  constructor(total: number | undefined, done = 0, what = 'pictures') {
    this.#total = total;
    this.#first = this.#done = done;
    const count = total === undefined ? '{value}' : '{value}/{total}';
    this.#bar = total === undefined || total > 1 ? startBar(`${count} ${what}{pace}`, total, { pace: '' }, done) : undefined;
  }

  /** Prints what one picture gave. */
  print(lines: string[], stream: { write(text: string): unknown; isTTY?: boolean }): void {
    this.#done++;
    const left = this.#total && Math.max(0, this.#total - this.#done);
    const pace = paceOf(this.#done - this.#first, left, performance.now() - this.#start);
    // The bar restores the cursor to where it was started, so it is started anew below the lines.
    const isBelow = stream.isTTY && lines.length > 0;
    if (isBelow) this.#bar?.stop();
    for (const line of lines) stream.write(`${line}\n`);
    if (isBelow) this.#bar?.start(this.#total ?? 0, this.#done, { pace });
    else this.#bar?.update(this.#done, { pace });
  }

  stop(): void {
    this.#bar?.stop();
  }
}

/** How fast it goes, and how long what is left will take, if that is known: `, 12.3/s, 1:02:03 left`. */
export function paceOf(done: number, left: number | undefined, milliseconds: number): string {
  const perSecond = (1000 * done) / milliseconds;
  if (left === undefined) return `, ${perSecond.toFixed(1)}/s`;
  return `, ${perSecond.toFixed(1)}/s, ${clock(left / perSecond)} left`;
}
