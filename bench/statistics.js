/** The value below which the share `q` of the values lies, between two of them where it must. */
export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

export const median = (values) => quantile(values, 0.5);

/** Median, p10 and p95 of all calls of all rounds. */
export function summarise(rounds) {
  const all = rounds.flat();
  return { median: median(all), p10: quantile(all, 0.1), p95: quantile(all, 0.95) };
}

/**
 * How many times longer `rounds` took than `base`: the ratio of the medians, and the quartiles of the ratios round by
 * round, in which what disturbed both falls out.
 */
export function compare(rounds, base) {
  const ratios = rounds.map((round, i) => median(round) / median(base[i]));
  return { ratio: median(rounds.flat()) / median(base.flat()), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}
