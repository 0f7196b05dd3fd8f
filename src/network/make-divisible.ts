/** The nearest multiple of `divisor`, at least one, that isn't more than 10 % below `value` (Sandler et al. 2018's code). */
export function makeDivisible(value: number, divisor: number): number {
  const rounded = Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}
