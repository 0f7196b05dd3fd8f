/**
 * The learning rate of a step: rises in a straight line to `rate` over the warm-up, then falls along half a cosine to 0
 * (Loshchilov, Hutter 2017).
 *
 * @param step counted from 0
 * @param steps of the whole training, the warm-up included
 */
export function cosineRate(step: number, { rate, steps, warmup }: { rate: number; steps: number; warmup: number }): number {
  if (step < warmup) return (rate * (step + 1)) / (warmup + 1);
  return (rate / 2) * (1 + Math.cos((Math.PI * (step - warmup)) / Math.max(1, steps - warmup)));
}
