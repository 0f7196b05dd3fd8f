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
  #done = 0;

  constructor(total: number) {
    this.#total = total;
    this.#bar = total > 1 ? startBar('{value}/{total} pictures', total) : undefined;
  }

  /** Prints what one picture gave. */
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
