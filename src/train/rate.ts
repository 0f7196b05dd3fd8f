/** How the learning rate goes over a training. */
export interface RateSchedule {
  /** At its highest. */
  rate: number;
  /** Of the whole training, the warm-up included. */
  steps: number;
  /** Steps over which it rises in a straight line. */
  warmup: number;
  /** Steps after each of which it falls to a tenth (the authors' rule); without them it falls along half a cosine to 0 (Loshchilov, Hutter 2017). */
  drops?: readonly number[] | undefined;
}

/**
 * The learning rate of a step.
 *
 * @param step counted from 0
 */
export function rateAt(step: number, { rate, steps, warmup, drops }: RateSchedule): number {
  if (step < warmup) return (rate * (step + 1)) / (warmup + 1);
  if (drops) return rate * 0.1 ** drops.filter((drop) => step >= drop).length;
  return (rate / 2) * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, steps - warmup)));
}
