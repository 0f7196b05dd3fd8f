// Bars on standard error, where a person watches and has cli-progress, which isn't installed with the package.
import { createRequire } from 'node:module';
import type { SingleBar } from 'cli-progress';

const loadBars = () => createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');

/** A bar; `values` are the first of those that its format names besides its own. */
export function startBar(format: string, total: number, values: object = {}, done = 0): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  let bars: ReturnType<typeof loadBars>;
  try {
    bars = loadBars();
  } catch {
    return undefined;
  }
  const bar = new bars.SingleBar({
    stream: process.stderr,
    format: `{bar} ${format}`,
    clearOnComplete: true,
    // Ctrl-C ends the program: the bar's own handling would only stop the bar, and lines that it keeps unwrapped would stay so.
    gracefulExit: false,
    linewrap: true,
  });
  bar.start(total, done, values);
  return bar;
}

/** Prints results, above a bar where there are several pictures. */
export class Progress {
  readonly #bar: SingleBar | undefined;
  readonly #total: number;
  readonly #first: number;
  readonly #start = performance.now();
  #done: number;

  /** @param done pictures that an earlier run has done */
  constructor(total: number, done = 0) {
    this.#total = total;
    this.#first = this.#done = done;
    this.#bar = total > 1 ? startBar('{value}/{total} pictures{pace}', total, { pace: '' }, done) : undefined;
  }

  /** Prints what one picture gave. */
  print(lines: string[], stream: { write(text: string): unknown }): void {
    this.#done++;
    // The bar restores the cursor to where it was started, so it is started anew below the lines.
    this.#bar?.stop();
    for (const line of lines) stream.write(`${line}\n`);
    const pace = paceOf(this.#done - this.#first, this.#total - this.#done, performance.now() - this.#start);
    this.#bar?.start(this.#total, this.#done, { pace });
  }

  stop(): void {
    this.#bar?.stop();
  }
}

/** How fast it goes, and how long what is left will take: `, 12.3/s, 1:02:03 left`. */
export function paceOf(done: number, left: number, milliseconds: number): string {
  const perSecond = (1000 * done) / milliseconds;
  const seconds = Math.round(left / perSecond);
  const [hours, ...parts] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const [minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  return `, ${perSecond.toFixed(1)}/s, ${hours > 0 ? `${hours}:${minutes}` : Number(minutes)}:${rest} left`;
}
