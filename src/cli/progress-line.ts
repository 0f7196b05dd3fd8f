// How far it is, in a line that is written over: what stands for a bar where cli-progress isn't installed.

/** What of cli-progress's bars is used. */
export interface Bar {
  start(total: number, done: number, values?: object): void;
  update(done: number, values?: object): void;
  increment(): void;
  stop(): void;
}

interface Terminal {
  write(text: string): unknown;
  columns?: number;
}

const CLEAR = '\r\x1b[K';
const COLUMNS = 80;
/** Milliseconds from one writing to the next, at least. */
const PAUSE = 100;

export class ProgressLine implements Bar {
  readonly #terminal: Terminal;
  readonly #format: string;
  readonly #now: () => number;
  #total = 0;
  #first = 0;
  #done = 0;
  #values: object = {};
  #begun = 0;
  #written = 0;

  /**
   * @param format as cli-progress takes it; of its own names `{value}`, `{total}` and `{eta_formatted}` are known
   * @param now milliseconds
   */
  constructor(terminal: Terminal, format: string, now = () => performance.now()) {
    this.#terminal = terminal;
    this.#format = format;
    this.#now = now;
  }

  start(total: number, done: number, values: object = {}): void {
    this.#total = total;
    this.#first = done;
    this.#begun = this.#now();
    this.#written = -Infinity;
    this.update(done, values);
  }

  update(done: number, values: object = {}): void {
    this.#done = done;
    this.#values = { ...this.#values, ...values };
    const now = this.#now();
    if (now - this.#written < PAUSE) return;
    this.#written = now;
    const milliseconds = ((now - this.#begun) * (this.#total - done)) / (done - this.#first);
    const shown = { ...this.#values, value: done, total: this.#total, eta_formatted: clock(milliseconds / 1000) };
    const line = this.#format.replace(/\{(\w+)\}/g, (_, name: string) => String(shown[name as keyof typeof shown]));
    this.#terminal.write(CLEAR + line.slice(0, (this.#terminal.columns || COLUMNS) - 1));
  }

  increment(): void {
    this.update(this.#done + 1);
  }

  stop(): void {
    this.#terminal.write(CLEAR);
  }
}

/** `2:05`, `1:02:03`, or `?` where nobody knows. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  const [hours, ...parts] = [whole / 3600, (whole / 60) % 60, whole % 60].map(Math.floor);
  const [minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  return `${hours > 0 ? `${hours}:${minutes}` : Number(minutes)}:${rest}`;
}
