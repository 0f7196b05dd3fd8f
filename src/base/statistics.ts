/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** The value that this share of all reach at most: 0.5 gives the median. */
export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)];
}

/** The middle value, of an even number the lower one. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
