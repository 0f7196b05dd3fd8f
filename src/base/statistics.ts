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

/** How alike two lists of numbers are, whatever their brightness and contrast: 1 where they are the same, 0 where they have nothing in common. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    sumA += a[i];
    sumB += b[i];
  }
  let [both, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - sumA / a.length, b[i] - sumB / a.length];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  // An even area is like any other.
  return squareA * squareB > 0 ? both / Math.sqrt(squareA * squareB) : squareA === squareB ? 1 : 0;
}
