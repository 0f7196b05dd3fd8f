// How far a training is: a bar on standard error where a person watches, and lines on standard output.
import { SingleBar } from 'cli-progress';

/** Weight of the newest loss in the one that is shown. */
const SMOOTHING = 0.05;

const STEPS = '{bar} epoch {epoch}, loss {loss}, {speed} images/s, {eta_formatted} left';
const READING = '{bar} {value}/{total} pictures read';

export class TrainProgress {
  #bar: SingleBar | undefined;
  #loss: number | undefined;
  #began = 0;
  #first = 0;
  #batch = 0;

  /** Pictures read so far. */
  reading(read: number, total: number): void {
    if (read === 0) this.#open(READING, total, 0);
    this.#bar?.update(read);
  }

  start(step: number, steps: number, batch: number): void {
    this.#began = performance.now();
    this.#first = step;
    this.#batch = batch;
    this.#open(STEPS, steps, step);
  }

  step(done: number, loss: number, epoch: number, epochs: number): void {
    this.#loss = this.#loss === undefined ? loss : this.#loss + SMOOTHING * (loss - this.#loss);
    const speed = ((done - this.#first) * this.#batch * 1000) / (performance.now() - this.#began);
    this.#bar?.update(done, { loss: this.#loss.toFixed(4), epoch: `${epoch + 1}/${epochs}`, speed: speed.toFixed(1) });
  }

  /** A line above the bar. */
  print(line: string): void {
    if (this.#bar) process.stderr.write('\r\x1b[K');
    console.log(line);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #open(format: string, total: number, value: number): void {
    this.stop();
    if (!process.stderr.isTTY) return;
    // Its own handling of Ctrl-C would end the program before the training is saved.
    this.#bar = new SingleBar({ stream: process.stderr, format, clearOnComplete: true, gracefulExit: false });
    this.#bar.start(total, value, { loss: '-', epoch: '-', speed: '-' });
  }
}
