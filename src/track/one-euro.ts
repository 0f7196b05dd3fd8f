// The One-Euro filter (Casiez, Roussel, Vogel 2012): a low pass whose cutoff rises with the speed, so that what stands still
// is held still and what moves isn't late.

/** How a value is smoothed. */
export interface OneEuroRule {
  /** Cutoff for a value at rest, in Hz: lower is calmer. */
  minCutoff: number;
  /** What a speed of one unit a second adds to the cutoff, in Hz: higher is less late. */
  speedCutoff: number;
}

/** Cutoff of the speed's own low pass, in Hz (the paper's). */
const SPEED_SMOOTHING = 1;

/** Weight of a new sample in a first-order low pass. @param seconds since the one before */
export function lowPassWeight(cutoff: number, seconds: number): number {
  const turn = 2 * Math.PI * cutoff * seconds;
  return turn / (1 + turn);
}

/** One value's filter. */
export class OneEuro {
  #value: number | undefined;
  #raw = 0;
  #count = 1;
  #speed = 0;

  /** The value as it is now, as far as is known. */
  get value(): number | undefined {
    return this.#value;
  }

  /**
   * @param seconds since the value before, above 0
   * @param trust 0 to 1: of an unsure sample only so much is believed
   * @returns the smoothed value; the first is returned as it is
   */
  next(value: number, seconds: number, { minCutoff, speedCutoff }: OneEuroRule, trust = 1): number {
    if (this.#value === undefined) {
      this.#raw = value;
      return (this.#value = value);
    }
    this.#speed += lowPassWeight(SPEED_SMOOTHING, seconds) * ((value - this.#raw) / seconds - this.#speed);
    this.#raw = value;
    // The first samples are averaged: none of them is worth more than another.
    const weight = Math.max(lowPassWeight(minCutoff + speedCutoff * Math.abs(this.#speed), seconds), 1 / ++this.#count);
    return (this.#value += trust * weight * (value - this.#value));
  }
}
