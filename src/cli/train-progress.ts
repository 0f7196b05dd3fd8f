// How far a training is: a bar on standard error where a person watches, and lines on standard output. Ctrl-C ends it.
import type { EpochRecord } from '../train/checkpoint.ts';
import type { TrainDetectorHooks } from '../train/train-detector.ts';
import type { TrainHooks } from '../train/train-model.ts';
import { startBar } from './progress.ts';
import type { Bar } from './progress-line.ts';

/** Weight of the newest loss in the one that is shown. */
const SMOOTHING = 0.05;

const STEPS = 'epoch {epoch}, loss {loss}, {speed} images/s, {eta_formatted} left';

export class TrainProgress {
  readonly #batch: number;
  readonly #init: string | undefined;
  #bar: Bar | undefined;
  #counting: string | undefined;
  #loss: number | undefined;
  #epochs = 0;
  #began = 0;
  #first = 0;
  #isStopped = false;
  readonly #onSignal = () => void (this.#isStopped = true);

  constructor({ batch, init }: { batch: number; init?: string | undefined }) {
    this.#batch = batch;
    this.#init = init;
    process.once('SIGINT', this.#onSignal).once('SIGTERM', this.#onSignal);
  }

  /** What a training tells. */
  hooks(): TrainHooks & TrainDetectorHooks {
    return {
      isStopped: () => this.#isStopped,
      onReading: (read, total) => this.count('pictures read', read, total),
      onSkipped: (skipped, total) => {
        this.#close();
        for (const { reason } of skipped) console.warn(`skipped: ${reason}`);
        console.warn(`${skipped.length} of ${total} faces skipped`);
      },
      onStart: ({ done, steps, epochs, taken, parameters }) => {
        this.#close();
        if (this.#init !== undefined) console.log(`${taken} of ${parameters} parameters from ${this.#init}, the others at random`);
        if (done > 0) console.log(`going on after step ${done}`);
        this.#began = performance.now();
        this.#first = done;
        this.#epochs = epochs;
        this.#loss = undefined;
        this.#open(STEPS, steps, done);
      },
      onStep: ({ step, loss, epoch }) => this.#step(step + 1, loss, epoch),
      onEpoch: (record) => this.epoch(record),
    };
  }

  /** A bar of things done before the first step. */
  count(what: string, done: number, total: number): void {
    if (this.#counting !== what) this.#open(`{value}/{total} ${what}`, total, 0);
    this.#counting = what;
    this.#bar?.update(done);
  }

  /** A line above the bar. */
  print(line: string): void {
    if (this.#bar) process.stderr.write('\r\x1b[K');
    console.log(line);
  }

  /** How an epoch went; `label` stands before it. */
  epoch({ epoch, loss, nme, nmeWithoutNrm, imagesPerSecond }: EpochRecord, label = ''): void {
    const score = nme === undefined ? '' : `, NME ${(100 * nme).toFixed(3)} % (${(100 * nmeWithoutNrm!).toFixed(3)} % without NRM)`;
    this.print(`${label}epoch ${epoch}/${this.#epochs}: loss ${loss.toFixed(4)}${score}, ${imagesPerSecond.toFixed(1)} images/s`);
  }

  /** Says that Ctrl-C has ended the training. */
  stopped(): void {
    this.print('stopped and saved: go on with --resume');
    process.exitCode = 130;
  }

  stop(): void {
    process.off('SIGINT', this.#onSignal).off('SIGTERM', this.#onSignal);
    this.#close();
  }

  #step(done: number, loss: number, epoch: number): void {
    this.#loss = this.#loss === undefined ? loss : this.#loss + SMOOTHING * (loss - this.#loss);
    const speed = ((done - this.#first) * this.#batch * 1000) / (performance.now() - this.#began);
    this.#bar?.update(done, { loss: this.#loss.toFixed(4), epoch: `${epoch + 1}/${this.#epochs}`, speed: speed.toFixed(1) });
  }

  #open(format: string, total: number, value: number): void {
    this.#close();
    this.#bar = startBar(format, total, { loss: '-', epoch: '-', speed: '-' }, value);
  }

  #close(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#counting = undefined;
  }
}
