// Bars on standard error, where a person watches and has cli-progress, which isn't installed with the package.
import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';

const loadBars = () => createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');

/** A bar, or a mere line where the total isn't known; `values` are the first of those that its format names besides its own. */
export function startBar(format: string, total: number | undefined, values: object = {}, done = 0): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  let bars: ReturnType<typeof loadBars>;
  try {
    bars = loadBars();
  } catch {
    return undefined;
  }
  const bar = new bars.SingleBar({
    stream: process.stderr,
    format: total === undefined ? format : `{bar} ${format}`,
    clearOnComplete: true,
    // Ctrl-C ends the program: the bar's own handling would only stop the bar, and lines that it keeps unwrapped would stay so.
    gracefulExit: false,
    linewrap: true,
  });
  bar.start(total ?? 0, done, values);
  return bar;
}

/** Prints results, above a bar where there are several pictures or frames. */
export class Progress {
  readonly #bar: SingleBar | undefined;
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
  const seconds = Math.round(left / perSecond);
  const [hours, ...parts] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const [minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  return `, ${perSecond.toFixed(1)}/s, ${hours > 0 ? `${hours}:${minutes}` : Number(minutes)}:${rest} left`;
}
